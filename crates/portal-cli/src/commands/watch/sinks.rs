//! The receivers of events that a command line names.

use std::sync::Arc;

use portal_relay::{Command, Lines, Sink, SinkName, SinkNameError, Webhook, WebhookSecret};

use super::Watch;
use crate::config::{Config, PasswordSource, ProfileSettings};
use crate::connection::parsed_proxy;
use crate::exit::Exit;
use crate::failure::Failure;

/// The receivers, and the webhooks among them, whose secrets can be replaced.
pub(super) struct Sinks {
    all: Vec<Arc<dyn Sink>>,
    webhooks: Vec<Webhook>,
}

struct Secrets {
    current: WebhookSecret,
    previous: Option<WebhookSecret>,
}

impl Sinks {
    /// Receivers are known in the outbox by what they are, and by their number where there are several.
    pub(super) fn of(options: &Watch, config: &Config) -> Result<Self, Failure> {
        let mut all: Vec<Arc<dyn Sink>> = Vec::new();
        let mut webhooks = Vec::new();
        for (line, number) in options.exec.iter().zip(1..) {
            let mut words = line.split_whitespace();
            let program = words
                .next()
                .ok_or_else(|| Failure::usage("--exec names no program"))?;
            let command = Command::new(name("exec", number)?, program);
            all.push(Arc::new(words.fold(command, Command::arg)));
        }
        for (url, number) in options.forward_to.iter().zip(1..) {
            let Secrets { current, previous } = secrets(&config.settings())?;
            let mut builder = Webhook::builder(name("forward", number)?, url, current);
            if let Some(previous) = previous {
                builder = builder.with_previous_secret(previous);
            }
            if let Some(proxy) = &config.settings().proxy {
                builder = builder.with_proxy(parsed_proxy(proxy)?);
            }
            let webhook = builder.build().map_err(|error| {
                Failure::new(
                    Exit::Usage,
                    "usage",
                    "the URL of --forward-to can't be used",
                )
                .because(&error)
            })?;
            webhooks.push(webhook.clone());
            all.push(Arc::new(webhook));
        }
        if options.print {
            all.push(Arc::new(Lines::new(name("print", 1)?, std::io::stdout())));
        }
        Ok(Self { all, webhooks })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Arc<dyn Sink>> {
        self.all.iter().cloned()
    }

    pub(super) fn names(&self) -> Vec<SinkName> {
        self.all.iter().map(|sink| sink.name().clone()).collect()
    }

    /// Reads the secrets again.
    pub(super) fn reload(&self, config: &Config) -> Result<(), Failure> {
        if self.webhooks.is_empty() {
            return Ok(());
        }
        let Secrets { current, previous } = secrets(&config.settings())?;
        for webhook in &self.webhooks {
            webhook.replace_secrets(current.clone(), previous.clone());
        }
        Ok(())
    }
}

fn name(kind: &str, number: u32) -> Result<SinkName, Failure> {
    let name = if number == 1 {
        SinkName::new(kind)
    } else {
        SinkName::new(format!("{kind}-{number}"))
    };
    name.map_err(|error: SinkNameError| Failure::usage(error.to_string()))
}

fn secrets(settings: &ProfileSettings) -> Result<Secrets, Failure> {
    let read = |source: &PasswordSource| {
        let text = source.password()?;
        text.reveal()
            .trim()
            .parse()
            .map_err(|error: portal_relay::WebhookSecretError| {
                Failure::of(Exit::Configuration, "webhook-secret", &error)
            })
    };
    let current = settings.webhook_secret.as_ref().ok_or_else(|| {
        Failure::new(Exit::Configuration, "webhook-secret", "the profile has no secret to sign webhooks with")
            .fix("set `webhook-secret = { file = \"…\" }`; the file holds `whsec_` and 24 to 64 bytes in base64")
            .next("portal schema config")
    })?;
    Ok(Secrets {
        current: read(current)?,
        previous: settings
            .webhook_previous_secret
            .as_ref()
            .map(read)
            .transpose()?,
    })
}
