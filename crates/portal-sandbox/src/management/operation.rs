//! The calls of the management API, for its index and its description.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::body::{Advance, Set};
use super::faults::{FaultPlan, FaultRequest};
use super::problem::ProblemDocument;
use super::tokens::{Refuse, TokenState};
use super::view::{CallDetails, Clock, Health, Index, Job, MessageLine, Signed};

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// One call.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// A name for generated clients.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// Names of query parameters, with what they do.
    pub(super) query: &'static [(&'static str, &'static str)],
    pub(super) request: Option<MakeSchema>,
    /// What a success responds with; `None` for no body.
    pub(super) response: Option<MakeSchema>,
}

const fn call(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        query: &[],
        request: None,
        response: None,
    }
}

impl Operation {
    const fn takes<T: JsonSchema>(mut self) -> Self {
        self.request = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    const fn gives<T: JsonSchema>(mut self) -> Self {
        self.response = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    const fn with_query(mut self, query: &'static [(&'static str, &'static str)]) -> Self {
        self.query = query;
        self
    }
}

/// The body of every refusal.
pub(super) const REFUSAL: MakeSchema = SchemaGenerator::subschema_for::<ProblemDocument>;

const JOURNAL_QUERY: &[(&str, &str)] = &[
    ("job", "only calls about the job of this number"),
    ("operation", "only calls of this operation, such as create"),
    (
        "from",
        "only calls from this time on, such as 2026-03-01T08:00:00Z",
    ),
    ("until", "only calls before this time"),
    (
        "documents",
        "true: with request document, manifest and response of each",
    ),
    (
        "reveal",
        "true: personal values are shown; only from the loopback address",
    ),
];
const REVEAL_QUERY: &[(&str, &str)] = &[(
    "reveal",
    "true: personal values are shown; only from the loopback address",
)];
const JOBS_QUERY: &[(&str, &str)] =
    &[("reference", "only jobs with this reference, ended ones too")];

/// Every call, in the order of the documentation.
pub(super) const OPERATIONS: &[Operation] = &[
    call(
        "GET",
        "/management",
        "index",
        "Returns the sandbox as a whole, and these calls.",
    )
    .gives::<Index>(),
    call(
        "GET",
        "/management/health",
        "health",
        "Responds once the sandbox serves.",
    )
    .gives::<Health>(),
    call(
        "GET",
        "/management/openapi.json",
        "description",
        "Returns the description of these calls (OpenAPI 3.1).",
    ),
    call(
        "GET",
        "/management/sample",
        "sample",
        "Returns the body of a create call, signed now, with the boundary `sandbox`.",
    ),
    call(
        "GET",
        "/management/jobs",
        "list_jobs",
        "Returns all open jobs.",
    )
    .with_query(JOBS_QUERY)
    .gives::<Vec<Job>>(),
    call(
        "GET",
        "/management/jobs/{job}",
        "show_job",
        "Returns a job, also one that has ended and was confirmed.",
    )
    .gives::<Job>(),
    call(
        "GET",
        "/management/jobs/{job}/messages",
        "list_messages",
        "Returns the messages to the job's signers, without their texts.",
    )
    .gives::<Vec<MessageLine>>(),
    call(
        "POST",
        "/management/jobs/{job}/sign",
        "sign_group",
        "Lets every signer sign whose turn it is.",
    )
    .gives::<Signed>(),
    call(
        "POST",
        "/management/jobs/{job}/signers/{signer}/{act}",
        "act",
        "Lets one signer act.",
    )
    .gives::<Job>(),
    call(
        "GET",
        "/management/clock",
        "show_clock",
        "Returns the time, and what is due next.",
    )
    .gives::<Clock>(),
    call(
        "POST",
        "/management/clock/advance",
        "advance_clock",
        "Moves the clock ahead.",
    )
    .takes::<Advance>()
    .gives::<Clock>(),
    call(
        "POST",
        "/management/clock/set",
        "set_clock",
        "Moves the clock to a time.",
    )
    .takes::<Set>()
    .gives::<Clock>(),
    call(
        "POST",
        "/management/clock/next-event",
        "advance_to_next_event",
        "Moves the clock to what is due next.",
    )
    .gives::<Clock>(),
    call(
        "GET",
        "/management/journal",
        "list_calls",
        "Returns the calls of the API so far.",
    )
    .with_query(JOURNAL_QUERY)
    .gives::<Vec<CallDetails>>(),
    call(
        "DELETE",
        "/management/journal",
        "clear_journal",
        "Forgets the calls so far.",
    ),
    call(
        "GET",
        "/management/journal/{number}",
        "show_call",
        "Returns one call with request document, manifest and response.",
    )
    .with_query(REVEAL_QUERY)
    .gives::<CallDetails>(),
    call(
        "GET",
        "/management/faults",
        "list_faults",
        "Returns the faults that are planned.",
    )
    .gives::<FaultPlan>(),
    call("POST", "/management/faults", "add_fault", "Plans faults.")
        .takes::<FaultRequest>()
        .gives::<FaultPlan>(),
    call(
        "DELETE",
        "/management/faults",
        "clear_faults",
        "Forgets all planned faults.",
    ),
    call(
        "GET",
        "/management/tokens",
        "show_tokens",
        "Returns the token endpoint, its registrations, and how many tokens hold.",
    )
    .gives::<TokenState>(),
    call(
        "POST",
        "/management/tokens/expire",
        "expire_tokens",
        "Ends all access tokens issued so far.",
    )
    .gives::<TokenState>(),
    call(
        "POST",
        "/management/tokens/revoke",
        "revoke_tokens",
        "Revokes the registered certificates, until they are restored.",
    )
    .gives::<TokenState>(),
    call(
        "POST",
        "/management/tokens/refuse",
        "refuse_tokens",
        "Lets the token endpoint refuse the next requests.",
    )
    .takes::<Refuse>()
    .gives::<TokenState>(),
    call(
        "POST",
        "/management/tokens/restore",
        "restore_tokens",
        "Takes revoking and refusing back.",
    )
    .gives::<TokenState>(),
    call(
        "POST",
        "/management/reset",
        "reset",
        "Forgets all jobs, queues, calls and planned faults.",
    )
    .gives::<Clock>(),
];
