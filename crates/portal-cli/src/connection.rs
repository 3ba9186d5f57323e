//! A client of the service, of a profile's settings.

use std::fs;
use std::path::Path;

use portal_certificate::{Certificate, FileFormat};
use portal_client::{
    Authentication, EnterpriseCertificate, Environment, LoadError, OrganizationNumber,
    PortalClient, Profile, Proxy, ReqwestTransport, Sector, Sender, ServerTrust,
};
use portal_relay::LeaseGate;

use crate::config::{self, Config, PasswordSource, ProfileSettings, ask};
use crate::exit::Exit;
use crate::failure::Failure;

/// What a command needs of its configuration.
#[derive(Debug)]
pub(crate) struct Connection {
    profile: String,
    settings: ProfileSettings,
    no_input: bool,
}

fn configuration(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Configuration, "configuration", message)
}

impl Connection {
    pub(crate) fn new(config: &Config, no_input: bool) -> Self {
        Self {
            profile: config.profile.clone(),
            settings: config.settings(),
            no_input,
        }
    }

    pub(crate) fn settings(&self) -> &ProfileSettings {
        &self.settings
    }

    fn missing(&self, what: &str, key: &str) -> Failure {
        let variable = key.to_uppercase().replace('-', "_");
        let mut fix = format!("set `{key}` in the configuration, or PORTAL_{variable}");
        if ["environment", "sector"].contains(&key) {
            fix.push_str(config::or_sandbox());
        }
        configuration(format!("the profile `{}` has no {what}", self.profile))
            .fix(fix)
            .next("portal init")
    }

    pub(crate) fn environment(&self) -> Result<Environment, Failure> {
        let text = self.settings.environment.as_deref();
        let text = text.ok_or_else(|| self.missing("environment", "environment"))?;
        text.parse().map_err(|error: portal_client::ConfigError| {
            configuration("the environment is neither known nor a root URL")
                .because(&error)
                .fix("give production, difitest, difiqa or an https URL")
        })
    }

    pub(crate) fn sector(&self) -> Result<Sector, Failure> {
        let sector = self.settings.sector.map(Sector::from);
        sector.ok_or_else(|| self.missing("sector, which rules depend on,", "sector"))
    }

    /// The sender, where the profile has one.
    pub(crate) fn sender(&self) -> Result<Option<Sender>, Failure> {
        let Some(number) = &self.settings.organization else {
            return Ok(None);
        };
        let sender = Sender::new(number).map_err(|error| {
            configuration("the organisation number of the profile is none").because(&error)
        })?;
        Ok(Some(match &self.settings.queue {
            Some(queue) => sender.with_queue(queue),
            None => sender,
        }))
    }

    /// What jobs are checked against. Without an environment it is the test environment's rules.
    pub(crate) fn rules(&self, sector: Option<Sector>) -> Result<Profile, Failure> {
        let sector = sector.or_else(|| self.settings.sector.map(Sector::from));
        let environment = match self.settings.environment {
            Some(_) => self.environment()?.kind(),
            None => portal_client::EnvironmentKind::Test,
        };
        let profile = Profile::new(sector.unwrap_or_default(), environment);
        Ok(match self.sender()? {
            Some(sender) => profile.with_sender(sender),
            None => profile,
        })
    }

    /// The certificate of the profile.
    pub(crate) fn certificate(&self) -> Result<EnterpriseCertificate, Failure> {
        let path = self.settings.certificate.as_deref();
        let path = path.ok_or_else(|| self.missing("certificate", "certificate"))?;
        let source = self.settings.password.as_ref();
        load(path, self.settings.key.as_deref(), source, self.no_input)
    }

    /// A client of the service with everything that the profile says.
    ///
    /// With a gate, polls and confirmations go out while a relay holds the lease only.
    pub(crate) fn client(
        &self,
        calls_per_second: u32,
        gate: Option<&LeaseGate>,
    ) -> Result<PortalClient, Failure> {
        let environment = self.environment()?;
        let sector = self.sector()?;
        let certificate = self.certificate()?;
        let sender = match self.sender()? {
            Some(sender) => sender,
            None => {
                let number = certificate.organization_number();
                let sender = number.map(Sender::from);
                let sender = sender.ok_or_else(|| self.missing("organisation", "organization"))?;
                match &self.settings.queue {
                    Some(queue) => sender.with_queue(queue),
                    None => sender,
                }
            }
        };
        let calls = self.settings.calls_per_second.unwrap_or(calls_per_second);
        let mut builder = PortalClient::builder(environment, certificate, sector)
            .sender(sender)
            .calls_per_second(calls)
            .user_agent_part(concat!("portal-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(trust) = self.trust()? {
            builder = builder.trust(trust);
        }
        if let Some(proxy) = &self.settings.proxy {
            builder = builder.proxy(parsed_proxy(proxy)?);
        }
        builder = builder.authentication(self.authentication()?);
        if let Some(url) = &self.settings.token_endpoint {
            builder = builder.token_endpoint(url);
        }
        builder = builder.token_endpoint_roots(self.token_roots()?);
        let Some(gate) = gate.cloned() else {
            return Ok(builder.build()?);
        };
        let gated = move |settings| Ok(gate.guard(ReqwestTransport::new(settings)?));
        Ok(builder.build_over(gated)?)
    }

    /// Access tokens where both ids are there, else mutual TLS.
    pub(crate) fn authentication(&self) -> Result<Authentication, Failure> {
        match (&self.settings.client_id, &self.settings.broker_id) {
            (Some(client_id), Some(broker_id)) => Ok(Authentication::token(client_id, broker_id)),
            (None, None) => Ok(Authentication::Certificate),
            (Some(_), None) => Err(self.missing("broker id", "broker-id")),
            (None, Some(_)) => Err(self.missing("client id", "client-id")),
        }
    }

    fn token_roots(&self) -> Result<Vec<Certificate>, Failure> {
        let Some(path) = &self.settings.token_anchors else {
            return Ok(Vec::new());
        };
        let unusable = |error: &dyn std::error::Error| {
            let message = format!("the token anchors {} can't be used", path.display());
            configuration(message)
                .because(error)
                .fix("leave `token-anchors` out where this computer trusts the token endpoint")
        };
        let pem = fs::read(path).map_err(|error| unusable(&error))?;
        Certificate::all_from_pem(&pem).map_err(|error| unusable(&error))
    }

    fn trust(&self) -> Result<Option<ServerTrust>, Failure> {
        let Some(path) = &self.settings.anchors else {
            return Ok(None);
        };
        let unusable = |error: &dyn std::error::Error| {
            configuration(format!(
                "the trust anchors {} can't be used",
                path.display()
            ))
            .because(error)
            .fix("leave `anchors` out where the environment is known: they are built in")
        };
        let pem = fs::read(path).map_err(|error| unusable(&error))?;
        let trust = ServerTrust::from_pem(&pem).map_err(|error| unusable(&error))?;
        let Some(number) = &self.settings.server_organization else {
            return Ok(Some(trust));
        };
        let number = OrganizationNumber::new(number).map_err(|error| {
            configuration("the server's organisation number is none").because(&error)
        })?;
        Ok(Some(trust.with_organization_number(number)))
    }
}

/// `http://host:port`, or `host:port`.
pub(crate) fn parsed_proxy(text: &str) -> Result<Proxy, Failure> {
    let wrong = || {
        configuration("the proxy is not an address")
            .fix("give `proxy` as http://proxy.example.com:3128")
    };
    let authority = text.strip_prefix("http://").unwrap_or(text);
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (credentials, address) = match authority.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, authority),
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_| wrong())?;
    let proxy = Proxy::new(host, port).map_err(|error| wrong().because(&error))?;
    Ok(match credentials {
        Some(credentials) => {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            proxy.with_credentials(user, password)
        }
        None => proxy,
    })
}

/// A certificate with its key: PKCS#12, or PEM with the key in the same file or in another.
pub(crate) fn load(
    path: &Path,
    key: Option<&Path>,
    password: Option<&PasswordSource>,
    no_input: bool,
) -> Result<EnterpriseCertificate, Failure> {
    let read = |path: &Path| {
        fs::read(path).map_err(|error| {
            let message = format!("the certificate {} can't be read", path.display());
            Failure::new(Exit::Configuration, "certificate", message)
                .because(&error)
                .fix("give the path of a file that exists")
        })
    };
    let bytes = read(path)?;
    let of_path = |error: LoadError| {
        Failure::of(Exit::Configuration, "certificate", &error)
            .fix(format!("the file is {}", path.display()))
            .next("portal certificate show")
    };
    let password = || {
        match password {
        Some(source) => source.password(),
        None => ask(&format!("Password of {}: ", path.display()), no_input)?.ok_or_else(|| {
            Failure::new(
                Exit::Configuration,
                "password",
                format!("the certificate {} needs a password, and nobody can be asked", path.display()),
            )
            .fix("set `password = { file = \"…\" }` in the configuration (or credential, env, command), or PORTAL_PASSWORD_FILE")
        }),
    }
    };
    match FileFormat::of(&bytes) {
        Some(FileFormat::Pkcs12) => {
            let password = password()?;
            return EnterpriseCertificate::from_pkcs12(&bytes, password.reveal()).map_err(of_path);
        }
        Some(FileFormat::Pem) => {}
        // The error says what it is instead.
        _ => return EnterpriseCertificate::from_pkcs12(&bytes, "").map_err(of_path),
    }
    let key = match key {
        Some(key) => read(key)?,
        None => bytes.clone(),
    };
    match EnterpriseCertificate::from_pem(&bytes, &key) {
        Err(LoadError::EncryptedKey) => {
            EnterpriseCertificate::from_encrypted_pem(&bytes, &key, password()?.reveal())
                .map_err(of_path)
        }
        loaded => loaded.map_err(of_path),
    }
}
