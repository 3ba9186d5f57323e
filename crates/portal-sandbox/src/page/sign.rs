//! The signer's own page, under a link that only the message holds.
//!
//! As in the real flow: signers without a personal number enter the security code first, everybody
//! reads the documents, and signs or refuses. The log-in of the others is left out: the link is
//! taken for the person.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use portal_model::Description;

use super::job::{DocumentRow, documents};
use super::mask::Reveal;
use super::response::{Failure, HandlerResult, page, see};
use super::state_word::StateWord;
use super::time_text::{Stamp, relative};
use super::{Pages, document};
use crate::job::SandboxJob;
use crate::links::LinkKind;
use crate::service::{ActError, JobId, JobView, SignerAct, SignerState, WRONG_CODES};
use crate::shared::Shared;

#[derive(Template)]
#[template(path = "sign.html")]
struct SignPage<'a> {
    token: &'a str,
    number: usize,
    organization: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    by_contact: bool,
    standing: Standing,
    documents: Vec<DocumentRow>,
    texts: Vec<TextDocument>,
}

/// A document of plain text, shown on the page itself.
struct TextDocument {
    title: String,
    text: String,
}

/// What the signer can do now.
enum Standing {
    /// Read, and sign or refuse, until a time.
    Open { deadline: Stamp, left: String },
    /// Come back later.
    NotYet,
    /// Nothing more: the signer has signed or refused, or the job has ended otherwise.
    Over(StateWord, Stamp),
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    token: &'a str,
    organization: &'a str,
    /// Whether codes are taken now.
    open: bool,
    /// Such as `2 tries are left.`, after a wrong one.
    tries: Option<String>,
    blocked: bool,
}

/// A signer who came by a link.
struct Visit {
    job: SandboxJob,
    view: JobView,
    index: usize,
    kind: LinkKind,
}

impl Visit {
    fn of(shared: &Arc<Shared>, token: &str) -> Result<Self, Failure> {
        let (id, index, kind) = shared.links.read(token).ok_or_else(unknown)?;
        let job = SandboxJob::new(id, Arc::clone(shared));
        let view = job.view().map_err(|_| unknown())?;
        if index >= view.signers.len() {
            return Err(unknown());
        }
        Ok(Self {
            job,
            view,
            index,
            kind,
        })
    }

    /// Past the security code, or without need of one.
    fn is_in(&self) -> bool {
        self.kind == LinkKind::Open || !self.view.signers[self.index].traits.by_contact
    }

    /// The signer, who has to be in.
    fn inside(self) -> Result<Self, Failure> {
        if self.is_in() {
            Ok(self)
        } else {
            Err(Failure::not_found("enter the security code first"))
        }
    }

    fn id(&self) -> JobId {
        self.view.id
    }

    /// Nothing of the job is shown before it is activated, nor after too many wrong codes.
    fn check_shown(&self, shared: &Shared) -> Result<(), Failure> {
        if self.view.signers[self.index].state == SignerState::Blocked {
            return Err(Failure::not_found(
                "too many wrong codes were entered: the request is closed",
            ));
        }
        if self.view.finished.is_none() && shared.clock.now() < self.view.first_activation {
            return Err(Failure::not_found("there is nothing to sign yet"));
        }
        Ok(())
    }

    fn is_open(&self, shared: &Shared) -> bool {
        let waiting = self.view.signers[self.index].state == SignerState::Waiting;
        let in_turn = self.view.current_group.contains(&self.index);
        waiting && in_turn && shared.clock.now() >= self.view.activated
    }

    fn standing(&self, shared: &Shared) -> Standing {
        let signer = &self.view.signers[self.index];
        let since = Stamp::new(signer.since);
        match signer.state {
            SignerState::Waiting if self.is_open(shared) => Standing::Open {
                deadline: Stamp::new(self.view.deadline),
                left: relative(self.view.deadline, shared.clock.now()),
            },
            SignerState::Waiting => Standing::NotYet,
            state => Standing::Over(state.into(), since),
        }
    }
}

fn unknown() -> Failure {
    Failure::not_found("the link leads nowhere: it is not whole, or the job has ended")
}

/// `GET /sign/{token}`
pub(super) async fn show(State(pages): State<Pages>, Path(token): Path<String>) -> HandlerResult {
    let shared = &pages.shared;
    let visit = Visit::of(shared, &token)?;
    if !visit.is_in() {
        return Ok(page(&code_page(&visit, shared, &token)));
    }
    visit.check_shown(shared)?;
    let content = &visit.view.content;
    let is_text = |row: &DocumentRow| row.kind == "text";
    // The texts are for the signer.
    let rows = documents(&visit.view, &Reveal::All);
    let (texts, files) = rows.into_iter().partition(is_text);
    let texts: Vec<DocumentRow> = texts;
    let texts = texts
        .into_iter()
        .filter_map(|row| {
            let document = content.documents.get(row.number - 1)?;
            Some(TextDocument {
                title: row.title,
                text: String::from_utf8_lossy(&document.bytes).into_owned(),
            })
        })
        .collect();
    Ok(page(&SignPage {
        token: &token,
        number: visit.index + 1,
        organization: &visit.view.organization,
        title: content.title.reveal(),
        description: content.description.as_ref().map(Description::reveal),
        by_contact: visit.view.signers[visit.index].traits.by_contact,
        standing: visit.standing(shared),
        documents: files,
        texts,
    }))
}

fn code_page<'a>(visit: &'a Visit, shared: &Shared, token: &'a str) -> CodePage<'a> {
    let signer = &visit.view.signers[visit.index];
    let left = WRONG_CODES.saturating_sub(signer.wrong_codes);
    CodePage {
        token,
        organization: &visit.view.organization,
        open: visit.is_open(shared),
        tries: (signer.wrong_codes > 0).then(|| match left {
            1 => "The code was wrong. One try is left.".to_owned(),
            _ => format!("The code was wrong. {left} tries are left."),
        }),
        blocked: signer.state == SignerState::Blocked,
    }
}

/// `POST /sign/{token}/code`: the right one leads on, a wrong one counts.
pub(super) async fn enter_code(
    State(pages): State<Pages>,
    Path(token): Path<String>,
    request: Request,
) -> HandlerResult {
    let form = document::form(request).await?;
    let shared = &pages.shared;
    let visit = Visit::of(shared, &token)?;
    let entered = form.get("code").unwrap_or_default().trim();
    let blocked = visit.view.signers[visit.index].state == SignerState::Blocked;
    if !blocked && entered == shared.links.code(visit.id(), visit.index) {
        let inside = shared.links.token(visit.id(), visit.index, LinkKind::Open);
        return Ok(see(&format!("/sign/{inside}")));
    }
    let entered = visit.job.enter_wrong_code(visit.index);
    done(entered, &token)
}

/// `POST /sign/{token}/sign`
pub(super) async fn sign(State(pages): State<Pages>, Path(token): Path<String>) -> HandlerResult {
    let visit = Visit::of(&pages.shared, &token)?.inside()?;
    done(visit.job.sign(visit.index), &token)
}

/// `POST /sign/{token}/reject`
pub(super) async fn reject(State(pages): State<Pages>, Path(token): Path<String>) -> HandlerResult {
    let visit = Visit::of(&pages.shared, &token)?.inside()?;
    done(visit.job.act(visit.index, SignerAct::Reject), &token)
}

fn done(acted: Result<(), ActError>, token: &str) -> HandlerResult {
    let path = format!("/sign/{token}");
    match acted {
        Ok(()) => Ok(see(&path)),
        Err(error) => Err(Failure::from(error).back(path)),
    }
}

/// `GET /sign/{token}/documents/{document}`
pub(super) async fn document(
    State(pages): State<Pages>,
    Path((token, document)): Path<(String, String)>,
) -> HandlerResult {
    let visit = Visit::of(&pages.shared, &token)?.inside()?;
    visit.check_shown(&pages.shared)?;
    document::stored(&visit.view.content.documents, &document)
}
