//! The words and names that the gate looks for, one a row, with what to say instead.

/// A word or phrase, in lower case and with plain spaces, and what to say instead.
pub(super) type Word = (&'static str, &'static str);

/// Words that do not appear in public docs and in texts that users see. Matched whole, whatever the case.
pub(super) const WORDS: &[Word] = &[
    ("answer", "response"),
    ("answers", "responses, responds, returns"),
    ("answered", "responded, returned"),
    ("answering", "responding, returning"),
    ("let be", "ignored, left as it is"),
    ("of one's own", "custom"),
    ("mend", "fix, help"),
    ("mends", "fixes, helps"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("whom", "a sentence without it"),
    ("anew", "again"),
    ("in hand", "in flight, unconfirmed"),
    ("ridiculous", "implausible"),
    ("grace", "shutdown timeout"),
    ("pace", "rate, rate limit"),
    ("paces", "limits the rate of"),
    ("paced", "rate-limited"),
    ("pacing", "rate limit"),
    ("pulse", "signal"),
    ("pulses", "signals"),
    (
        "door",
        "its plain name, such as entry, way in, kind of link",
    ),
    (
        "doors",
        "their plain name, such as entries, ways in, kinds of link",
    ),
    ("slip of the pen", "typo"),
    ("unpassed", "can't be undone"),
    ("to be had", "available"),
    ("unless told otherwise", "defaults to"),
    ("half-blind", "what can't be seen, in plain words"),
    ("one fault at most", "at most one error"),
];

/// Stands in place of a new name where there is none.
pub(super) const REMOVED: &str = "";

/// Names that were replaced, matched exactly as written, in any Rust file.
pub(super) const NAMES: &[Word] = &[
    ("AnchorEnvironment", "EnvironmentKind"),
    ("Answered", "Responded"),
    ("AnswerHead", "ResponseHead"),
    ("AnswerLost", "ResponseLost"),
    ("AnswerStyle", "ResponseStyle"),
    ("answer_bytes", "response_bytes"),
    ("answer_head", "response_head"),
    ("answer_size", "response_size"),
    ("answer_style", "response_style"),
    ("answer_type", "response_type"),
    ("answer_with", "response_with"),
    ("CallClass", "OperationClass"),
    ("CallMoment", "RequestEvent"),
    ("expect_in_hand", "expect_in_flight"),
    ("from_answer", "from_response"),
    ("grace", "shutdown_timeout"),
    ("in_hand", "max_in_flight"),
    ("InHand", "InFlight"),
    ("InHandAlready", "AlreadyInFlight"),
    ("InvalidAnswer", "InvalidResponse"),
    ("issuer_common_name", REMOVED),
    ("LeftBehindEarlier", "DeferredAfterEarlier"),
    ("lost_answer", "lost_response"),
    ("NoAnswer", "NoResponse"),
    ("Notify", "Notification"),
    ("OddDate", "ImplausibleDate"),
    ("OddPollTime", "ImplausiblePollTime"),
    ("of_answer", "of_response"),
    ("OnlyUnsent", "NonIdempotent"),
    ("Pacing", "RateLimit"),
    ("PollAnswer", "PollResponse"),
    ("Repetition", "Idempotency"),
    ("reveal_answer", "reveal_response"),
    ("SetUpError", "BuildError"),
    ("UnexpectedAnswer", "UnexpectedResponse"),
    ("whole_call", "total"),
    ("WholeCall", "Total"),
    ("whose_fault", "origin"),
    ("with_answer_head", "with_response_head"),
    ("with_longest_retry_after", REMOVED),
    ("with_whole_call", "with_total"),
];

/// Names above that a library has as well, with the module that its users import it from: a file that
/// does is not searched for the name.
pub(super) const ALSO_OF: &[(&str, &str)] = &[("Notify", "sync")];
