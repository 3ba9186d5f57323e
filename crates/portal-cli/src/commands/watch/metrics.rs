//! A relay's status in Prometheus's text form. No label holds anything personal: queues are numbered.

use std::fmt::Write;

use portal_relay::{RelayRole, RelayStatus, SinkState};

struct Metrics(String);

impl Metrics {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.value(name, "", value);
    }
}

/// All metrics.
pub(super) fn text(status: &RelayStatus) -> String {
    let mut all = Metrics(String::new());
    let active = u8::from(status.role == RelayRole::Active);
    all.one(
        "portal_relay_active",
        "gauge",
        "Whether this process holds the lease and polls.",
        active,
    );
    all.one(
        "portal_relay_ready",
        "gauge",
        "Whether the relay does its work.",
        u8::from(status.is_ready()),
    );
    all.one(
        "portal_store_available",
        "gauge",
        "Whether the store did what was last asked of it.",
        u8::from(status.is_store_available),
    );
    all.one(
        "portal_poll_overdue",
        "gauge",
        "Whether a queue was not polled for five minutes after its time.",
        u8::from(status.is_poll_overdue),
    );
    all.one(
        "portal_poll_failures",
        "gauge",
        "How many polls of a queue have failed in a row, at the most.",
        status.failures,
    );
    if let Some(time) = status.last_poll {
        all.one(
            "portal_last_poll_timestamp_seconds",
            "gauge",
            "When a poll last succeeded.",
            time.as_second(),
        );
    }
    all.family(
        "portal_next_poll_seconds",
        "gauge",
        "How long until the next poll of a queue, at the least.",
    );
    for (queue, number) in status.queues.iter().zip(1..) {
        if let Some(wait) = queue.wait {
            all.value(
                "portal_next_poll_seconds",
                &format!("{{queue=\"{number}\"}}"),
                wait.as_secs(),
            );
        }
    }
    if let Some(days) = status.certificate_days_left {
        all.one(
            "portal_certificate_days_left",
            "gauge",
            "Whole days that the certificate is still valid.",
            days,
        );
    }
    if let Some(unknown) = status.unknown_creates {
        all.one(
            "portal_unknown_creates",
            "gauge",
            "Creates with an unknown outcome, those in flight included.",
            unknown,
        );
    }
    outbox(&mut all, status);
    sinks(&mut all, status);
    counts(&mut all, status);
    all.0
}

fn outbox(all: &mut Metrics, status: &RelayStatus) {
    let Some(outbox) = &status.outbox else {
        return;
    };
    all.family(
        "portal_outbox_events",
        "gauge",
        "Events that wait for a sink.",
    );
    for depth in outbox {
        all.value(
            "portal_outbox_events",
            &format!("{{sink=\"{}\"}}", depth.sink),
            depth.waiting,
        );
    }
    all.family(
        "portal_outbox_oldest_timestamp_seconds",
        "gauge",
        "When the oldest waiting event was put there.",
    );
    for depth in outbox {
        if let Some(oldest) = depth.oldest {
            all.value(
                "portal_outbox_oldest_timestamp_seconds",
                &format!("{{sink=\"{}\"}}", depth.sink),
                oldest.as_second(),
            );
        }
    }
    all.family("portal_dead_letters", "gauge", "Events that were given up.");
    for depth in outbox {
        all.value(
            "portal_dead_letters",
            &format!("{{sink=\"{}\"}}", depth.sink),
            depth.dead,
        );
    }
}

fn sinks(all: &mut Metrics, status: &RelayStatus) {
    all.family(
        "portal_sink_gone",
        "gauge",
        "Whether the receiver wants no more events.",
    );
    for sink in &status.sinks {
        let gone = u8::from(matches!(sink.state, SinkState::Gone));
        all.value(
            "portal_sink_gone",
            &format!("{{sink=\"{}\"}}", sink.name),
            gone,
        );
    }
    all.family(
        "portal_sink_taken_total",
        "counter",
        "Events that a sink has taken.",
    );
    for sink in &status.sinks {
        all.value(
            "portal_sink_taken_total",
            &format!("{{sink=\"{}\"}}", sink.name),
            sink.taken,
        );
    }
    all.family(
        "portal_sink_failed_total",
        "counter",
        "Attempts to deliver that have failed.",
    );
    for sink in &status.sinks {
        all.value(
            "portal_sink_failed_total",
            &format!("{{sink=\"{}\"}}", sink.name),
            sink.failed,
        );
    }
}

fn counts(all: &mut Metrics, status: &RelayStatus) {
    let counts = &status.counts;
    for (name, help, value) in [
        (
            "portal_changes_received_total",
            "Changes taken in, redelivered ones included.",
            counts.received,
        ),
        (
            "portal_changes_redelivered_total",
            "Changes whose event was stored before.",
            counts.redelivered,
        ),
        (
            "portal_changes_failed_total",
            "Changes that could not be taken in.",
            counts.failed,
        ),
        (
            "portal_jobs_confirmed_total",
            "Jobs confirmed at the service.",
            counts.confirmed,
        ),
        (
            "portal_documents_stored_total",
            "Documents downloaded and stored.",
            counts.documents,
        ),
        (
            "portal_documents_broken_total",
            "Changes with a document that is broken.",
            counts.broken,
        ),
        (
            "portal_documents_unverified_total",
            "Changes whose documents could not be verified.",
            counts.unverified,
        ),
        (
            "portal_jobs_deleted_total",
            "Jobs whose documents were deleted at the service.",
            counts.deleted_at_service,
        ),
        (
            "portal_takeovers_total",
            "How often this process has taken the lease.",
            counts.takeovers,
        ),
    ] {
        all.one(name, "counter", help, value);
    }
}
