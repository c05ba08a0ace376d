//! The result of a query as one export, by `COPY ... TO STDOUT` in a read-only transaction.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Error, IsolationLevel, NoTls, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connector::{Connector, Fetched, Offer, PullContext, Version};
use super::download::Download;
use super::error::PullError;
use super::http_error::causes;
use super::secret::Secret;
use super::template::filled;
use crate::domain::pull::{PostgresqlPull, PullLimits, Tls};

/// The connector.
pub(super) struct Postgresql<'a> {
    settings: &'a PostgresqlPull,
    limits: &'a PullLimits,
    config: Config,
    tls: Option<MakeRustlsConnect>,
    query: String,
    name: String,
    runtime: Runtime,
}

impl<'a> Postgresql<'a> {
    pub(super) fn new(
        settings: &'a PostgresqlPull,
        limits: &'a PullLimits,
        context: &PullContext<'_>,
    ) -> Result<Self, PullError> {
        let tls = (settings.tls == Tls::Require && !settings.is_socket())
            .then(|| tls(settings, context))
            .transpose()?;
        let mut config = Config::new();
        config
            .host(&settings.host)
            .port(settings.port)
            .dbname(&settings.database)
            .user(&settings.user)
            .application_name("rogatory")
            .connect_timeout(Duration::from_secs(limits.connect_timeout))
            .ssl_mode(if tls.is_some() {
                SslMode::Require
            } else {
                SslMode::Disable
            });
        if let Some(password) = &settings.password {
            config.password(Secret::read(password, context.project)?.expose());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let query = filled(&settings.query, &context.period);
        Ok(Postgresql {
            query: query.trim().trim_end_matches(';').to_owned(),
            name: filled(&settings.name, &context.period),
            runtime: runtime.map_err(PullError::storing)?,
            settings,
            limits,
            config,
            tls,
        })
    }

    async fn connect(&self) -> Result<Client, PullError> {
        let fault = |error| self.explained(&error);
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(fault)?;
                tokio::spawn(connection);
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(fault)?;
                tokio::spawn(connection);
                client
            }
        };
        Ok(client)
    }

    async fn export(&self, download: &mut Download) -> Result<Fetched, PullError> {
        download.restart()?;
        let patience = Duration::from_secs(self.limits.connect_timeout);
        let mut client = timeout(patience, self.connect())
            .await
            .map_err(|_| self.interrupted("no connection within `limits.connect_timeout` seconds"))??;
        let fault = |error| self.explained(&error);
        let begun = client
            .build_transaction()
            .read_only(true)
            .isolation_level(IsolationLevel::RepeatableRead)
            .start();
        let transaction = begun.await.map_err(fault)?;
        let limit = format!(
            "set local statement_timeout = {}",
            u64::from(self.settings.statement_timeout) * 1000
        );
        transaction.batch_execute(&limit).await.map_err(fault)?;
        // By itself it must be a whole statement, so that it can't end the parentheses of `copy` and go on after them.
        transaction.prepare(&self.query).await.map_err(fault)?;
        let notes = self.notes(&transaction).await.map_err(fault)?;
        self.copy(&transaction, download).await?;
        transaction.rollback().await.map_err(fault)?;
        Ok(Fetched::New {
            version: Version::default(),
            notes,
        })
    }

    async fn copy(&self, transaction: &Transaction<'_>, download: &mut Download) -> Result<(), PullError> {
        let fault = |error| self.explained(&error);
        let statement = format!(
            "copy ({}\n) to stdout (format csv, header true, encoding 'utf8')",
            self.query
        );
        let mut pieces = pin!(transaction.copy_out(&statement).await.map_err(fault)?);
        // The server may work for as long as the statement may last before the first row comes, and between two rows.
        let patience = Duration::from_secs(u64::from(self.settings.statement_timeout) + self.limits.idle_timeout);
        loop {
            match timeout(patience, pieces.next()).await {
                Ok(Some(piece)) => download.write(&piece.map_err(fault)?)?,
                Ok(None) => return Ok(()),
                Err(_) => return Err(self.interrupted("the server no longer answers")),
            }
        }
    }

    /// What belongs to the record of the export.
    async fn notes(&self, transaction: &Transaction<'_>) -> Result<BTreeMap<String, String>, Error> {
        let clock = "select to_char(transaction_timestamp() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                     current_setting('server_version')";
        let row = transaction.query_one(clock, &[]).await?;
        Ok(BTreeMap::from([
            ("query".to_owned(), self.query.clone()),
            ("server_time".to_owned(), row.try_get(0)?),
            ("server_version".to_owned(), row.try_get(1)?),
        ]))
    }

    /// The database, as origins and messages name it.
    fn place(&self) -> String {
        let PostgresqlPull {
            host, port, database, ..
        } = self.settings;
        format!("postgresql://{host}:{port}/{database}")
    }

    fn interrupted(&self, problem: &str) -> PullError {
        PullError::Interrupted {
            place: self.place(),
            problem: problem.to_owned(),
            after: None,
        }
    }

    fn explained(&self, error: &Error) -> PullError {
        let Some(found) = error.as_db_error() else {
            let causes = causes(error);
            if causes.contains("certificate")
                || causes.contains("TLS was required")
                || causes.contains("server does not support TLS")
            {
                let advice = "check the server's certificate; `ca` in [pull] names further authorities to trust";
                return self.refused(&causes, advice);
            }
            if causes.contains("password") {
                return self.refused(&causes, "give `password` in [pull] a secret");
            }
            return self.interrupted(&causes);
        };
        let code = found.code().code();
        let said = format!("the server says: {} ({code})", found.message());
        match &code[..2] {
            // The words of these may quote data.
            "22" | "23" => {
                let problem = format!("a value can't be computed with ({code}; the server's log says which)");
                self.refused(&problem, "mend `query` in [pull]")
            }
            "28" => self.refused(&said, "check `user` and the secret of `password` in [pull]"),
            "3D" => self.refused(&said, "check `database` in [pull]"),
            "25" => self.refused(&said, "`query` in [pull] is one SELECT that changes nothing"),
            "42" => self.refused(
                &said,
                "mend `query` in [pull], or ask the agency to allow this user to read",
            ),
            _ if code == "57014" => {
                let advice = "make `query` cheaper, or raise `statement_timeout` in [pull]";
                self.refused(&said, advice)
            }
            _ => self.interrupted(&said),
        }
    }

    fn refused(&self, problem: &str, advice: &str) -> PullError {
        PullError::Refused {
            place: self.place(),
            problem: problem.to_owned(),
            advice: advice.to_owned(),
        }
    }
}

impl Connector for Postgresql<'_> {
    fn list(&self) -> Result<Vec<Offer>, PullError> {
        Ok(vec![Offer {
            origin: format!("{}/{}", self.place(), self.name),
            name: self.name.clone(),
        }])
    }

    fn fetch(&self, _offer: &Offer, _known: Option<&Version>, download: &mut Download) -> Result<Fetched, PullError> {
        let whole = Duration::from_secs(self.limits.total_timeout);
        self.runtime.block_on(async {
            let late = format!("it was not whole after {} seconds", self.limits.total_timeout);
            let exported = timeout(whole, self.export(download)).await;
            exported.unwrap_or_else(|_| Err(self.interrupted(&late)))
        })
    }
}

/// TLS that trusts the system's authorities, and those of `ca`.
fn tls(settings: &PostgresqlPull, context: &PullContext<'_>) -> Result<MakeRustlsConnect, PullError> {
    let wrong = |place: String, problem: String| PullError::Refused {
        place,
        problem,
        advice: "`ca` in [pull] names a PEM file of certificate authorities".to_owned(),
    };
    let extra = match &settings.ca {
        Some(path) => {
            let path = context.project.join(path);
            authorities(&path).map_err(|problem| wrong(path.display().to_string(), problem))?
        }
        None => Vec::new(),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = || -> Result<ClientConfig, rustls::Error> {
        let verifier = Verifier::new_with_extra_roots(extra, provider.clone())?;
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
    };
    let config = config().map_err(|error| wrong("TLS".to_owned(), error.to_string()))?;
    Ok(MakeRustlsConnect::new(config))
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = fs::read(path).map_err(|error| error.to_string())?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err("it holds no certificate".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
