package portal.interop;

import java.util.Objects;
import java.util.function.Predicate;

/** Runs named steps one after another, prints each, and stops at the first that fails. */
final class Steps {

    /** One step; whatever it throws fails it. */
    interface Step {
        void run() throws Exception;
    }

    /** Ends the run: a step failed, and was printed with its reason. */
    static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private int passed;

    void run(String name, Step step) {
        long start = System.nanoTime();
        try {
            step.run();
        } catch (Exception | AssertionError failure) {
            System.out.printf("not ok %2d  %s%n", passed + 1, name);
            failure.printStackTrace(System.out);
            System.out.printf("%d passed, 1 failed%n", passed);
            throw new Stopped();
        }
        passed++;
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.printf("ok %2d  %s (%d ms)%n", passed, name, millis);
    }

    void finish() {
        System.out.printf("%d passed, 0 failed%n", passed);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void same(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", got " + actual);
        }
    }

    /** Demands that the step fails in one way, and gives the failure for closer looks. */
    static <E extends Throwable> E refused(Class<E> how, Step step) {
        return refused(how, failure -> true, step);
    }

    static <E extends Throwable> E refused(Class<E> how, Predicate<E> detail, Step step) {
        try {
            step.run();
        } catch (Throwable failure) {
            if (how.isInstance(failure) && detail.test(how.cast(failure))) {
                return how.cast(failure);
            }
            throw new AssertionError("refused, but not as expected with " + how.getName(), failure);
        }
        throw new AssertionError("expected " + how.getName() + ", but the call went through");
    }
}
