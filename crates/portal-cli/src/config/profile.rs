//! The settings of a profile.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PasswordSource, variable};
use crate::exit::Exit;
use crate::failure::Failure;

/// A sector, as the rules need it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SectorName {
    /// A public body
    Public,
    /// A private organisation
    Private,
}

impl From<SectorName> for portal_client::Sector {
    fn from(sector: SectorName) -> Self {
        match sector {
            SectorName::Public => Self::Public,
            SectorName::Private => Self::Private,
        }
    }
}

/// What a profile says. Paths are relative to the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct ProfileSettings {
    /// `production`, `difitest`, `difiqa`, or a root URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<String>,
    /// Organisation that jobs are sent for: 9 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organization: Option<String>,
    /// Sector of the sender, on which rules depend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sector: Option<SectorName>,
    /// Queue that changes arrive on. Defaults to the queue without a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queue: Option<String>,
    /// Enterprise certificate: PKCS#12, or PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<PathBuf>,
    /// Private key, PEM, where it is not in the certificate's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
    /// Where the password of certificate or key comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<PasswordSource>,
    /// Client id for access tokens, in place of mutual TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    /// Broker id for access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broker_id: Option<String>,
    /// URL of the token endpoint. Known for the service's own environments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint: Option<String>,
    /// Roots of the token endpoint's certificate, PEM, besides those that this computer trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_anchors: Option<PathBuf>,
    /// Trust anchors of the service's servers, PEM. Built in for the known environments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) anchors: Option<PathBuf>,
    /// Organisation number in the server's certificate. Defaults to the real service's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_organization: Option<String>,
    /// Proxy, such as `http://proxy.example.com:3128`. Defaults to what HTTPS_PROXY says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proxy: Option<String>,
    /// Folder, or URL of an object store, with what is known of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) store: Option<String>,
    /// Where the secret comes from that webhooks are signed with: `whsec_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_secret: Option<PasswordSource>,
    /// Where the secret before that comes from, while receivers change over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_previous_secret: Option<PasswordSource>,
    /// Share of the organisation's ten requests a second. Defaults to 3, and to 7 for `portal watch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub(crate) calls_per_second: Option<u32>,
}

impl ProfileSettings {
    /// The settings of `PORTAL_*` variables.
    pub(super) fn of_variables() -> Result<Self, Failure> {
        let path = |name| variable(name).map(PathBuf::from);
        let sector = variable("PORTAL_SECTOR")
            .map(|text| match &*text {
                "public" => Ok(SectorName::Public),
                "private" => Ok(SectorName::Private),
                _ => Err(wrong_variable("PORTAL_SECTOR", "public or private")),
            })
            .transpose()?;
        let calls_per_second = variable("PORTAL_CALLS_PER_SECOND")
            .map(|text| {
                let wrong = |_| wrong_variable("PORTAL_CALLS_PER_SECOND", "a number from 1 to 10");
                text.parse().map_err(wrong)
            })
            .transpose()?;
        let password = if let Some(path) = path("PORTAL_PASSWORD_FILE") {
            Some(PasswordSource::File(path))
        } else {
            variable("PORTAL_PASSWORD").map(|_| PasswordSource::Env("PORTAL_PASSWORD".to_owned()))
        };
        Ok(Self {
            environment: variable("PORTAL_ENVIRONMENT"),
            organization: variable("PORTAL_ORGANIZATION"),
            sector,
            queue: variable("PORTAL_QUEUE"),
            certificate: path("PORTAL_CERTIFICATE"),
            key: path("PORTAL_KEY"),
            password,
            client_id: variable("PORTAL_CLIENT_ID"),
            broker_id: variable("PORTAL_BROKER_ID"),
            token_endpoint: variable("PORTAL_TOKEN_ENDPOINT"),
            token_anchors: path("PORTAL_TOKEN_ANCHORS"),
            anchors: path("PORTAL_ANCHORS"),
            server_organization: variable("PORTAL_SERVER_ORGANIZATION"),
            proxy: variable("PORTAL_PROXY"),
            store: variable("PORTAL_STORE"),
            webhook_secret: variable("PORTAL_WEBHOOK_SECRET")
                .map(|_| PasswordSource::Env("PORTAL_WEBHOOK_SECRET".to_owned())),
            webhook_previous_secret: None,
            calls_per_second,
        })
    }

    /// Fills what is not set from less important settings.
    pub(super) fn or(self, other: Self) -> Self {
        // A certificate comes with the key and the password of its own source.
        let (certificate, key, password) = if self.certificate.is_some() {
            (self.certificate, self.key, self.password)
        } else {
            let password = self.password.or(other.password);
            (other.certificate, self.key.or(other.key), password)
        };
        Self {
            environment: self.environment.or(other.environment),
            organization: self.organization.or(other.organization),
            sector: self.sector.or(other.sector),
            queue: self.queue.or(other.queue),
            certificate,
            key,
            password,
            client_id: self.client_id.or(other.client_id),
            broker_id: self.broker_id.or(other.broker_id),
            token_endpoint: self.token_endpoint.or(other.token_endpoint),
            token_anchors: self.token_anchors.or(other.token_anchors),
            anchors: self.anchors.or(other.anchors),
            server_organization: self.server_organization.or(other.server_organization),
            proxy: self.proxy.or(other.proxy),
            store: self.store.or(other.store),
            webhook_secret: self.webhook_secret.or(other.webhook_secret),
            webhook_previous_secret: self
                .webhook_previous_secret
                .or(other.webhook_previous_secret),
            calls_per_second: self.calls_per_second.or(other.calls_per_second),
        }
    }

    /// Makes paths relative to the folder of the file that they stand in.
    pub(super) fn relative_to(mut self, folder: &Path) -> Self {
        let paths = [
            &mut self.certificate,
            &mut self.key,
            &mut self.anchors,
            &mut self.token_anchors,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        let secrets = [
            &mut self.password,
            &mut self.webhook_secret,
            &mut self.webhook_previous_secret,
        ];
        for secret in secrets.into_iter().flatten() {
            if let PasswordSource::File(path) = secret {
                *path = folder.join(&*path);
            }
        }
        if let Some(store) = &mut self.store
            && !store.contains("://")
        {
            *store = folder.join(&*store).display().to_string();
        }
        self
    }
}

fn wrong_variable(name: &str, expected: &str) -> Failure {
    let message = format!("the environment variable {name} has no valid value");
    Failure::new(Exit::Configuration, "configuration", message).fix(format!("set it to {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_important_settings_come_first() {
        let first = ProfileSettings {
            queue: Some("first".to_owned()),
            certificate: Some("first.p12".into()),
            ..Default::default()
        };
        let second = ProfileSettings {
            queue: Some("second".to_owned()),
            organization: Some("123456789".to_owned()),
            certificate: Some("second.pem".into()),
            key: Some("second.key.pem".into()),
            ..Default::default()
        };
        let together = first.or(second);
        assert_eq!(together.queue.as_deref(), Some("first"));
        assert_eq!(together.organization.as_deref(), Some("123456789"));
        assert_eq!(
            together.certificate.as_deref(),
            Some(Path::new("first.p12"))
        );
        // The other certificate's key does not fit this one.
        assert_eq!(together.key, None);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let settings = ProfileSettings {
            certificate: Some("certificate.p12".into()),
            anchors: Some("/anchors.pem".into()),
            token_anchors: Some("tokens.pem".into()),
            password: Some(PasswordSource::File("password".into())),
            store: Some("store".to_owned()),
            ..Default::default()
        };
        let settings = settings.relative_to(Path::new("/etc/portal"));
        assert_eq!(
            settings.certificate,
            Some("/etc/portal/certificate.p12".into())
        );
        assert_eq!(settings.anchors, Some("/anchors.pem".into()));
        assert_eq!(
            settings.token_anchors,
            Some("/etc/portal/tokens.pem".into())
        );
        assert_eq!(
            settings.password,
            Some(PasswordSource::File("/etc/portal/password".into()))
        );
        assert_eq!(settings.store.as_deref(), Some("/etc/portal/store"));
        let bucket = ProfileSettings {
            store: Some("s3://bucket/portal".to_owned()),
            ..Default::default()
        };
        let bucket = bucket.relative_to(Path::new("/etc/portal"));
        assert_eq!(bucket.store.as_deref(), Some("s3://bucket/portal"));
    }
}
