//! Issues one identity outside the spec, by the same plan and the same executor as everything
//! else. The root is read; nothing but the ledger's row is written into it.

use jiff::Timestamp;
use kubepki_ca::{Certificate, KeyPair, to_pkcs12};
use kubepki_kubeconfig::{ClientConfig, Kubeconfig, SecretSource, Source};
use zeroize::Zeroizing;

use crate::{
    apply::{Made, make},
    catalog::{Catalog, Content, EntryId, PairFiles},
    error::ApplyError,
    identity::{Identity, IdentityKind},
    observe::{Observations, observe_authorities},
    plan::{Plan, Refusal, RenewalPolicy},
    signed::Signed,
    spec::ClusterSpec,
    store::{Store, StoreError, StorePath},
};

/// A certificate and its key, as PEM, still in memory.
#[derive(Debug)]
pub struct IssuedPair {
    /// The certificate.
    pub certificate: Zeroizing<Vec<u8>>,
    /// The private key.
    pub key: Pem,
}

/// PEM text with a private key, which `Debug` does not show.
pub struct Pem(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pem(..)")
    }
}

/// What was issued.
#[derive(Debug)]
pub struct Issued {
    /// The identity's own certificate: a client's, or a server's.
    pub own: IssuedPair,
    /// A node's serving certificate.
    pub serving: Option<IssuedPair>,
    /// The CA's certificate, as PEM.
    pub authority: Zeroizing<Vec<u8>>,
    /// What its kubeconfig trusts, as PEM.
    trusted: Zeroizing<Vec<u8>>,
    cluster: String,
    server: String,
    user: String,
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The certificate could not be made.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The root has no CA yet.
    #[error("there is no CA at `{path}`")]
    NoAuthority {
        /// Where it should be.
        path: StorePath,
    },
    /// The CA cannot issue.
    #[error("{refusal}")]
    Refused {
        /// The entry that is refused: the CA, or what it should issue.
        entry: EntryId,
        /// Why.
        refusal: Refusal,
    },
    /// The root could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Issues an identity with a new key. What was signed has to be on record before anybody gets it.
pub fn issue(
    spec: &ClusterSpec,
    identity: &Identity,
    root: &(impl Store + Sync),
    now: Timestamp,
) -> Result<(Issued, Vec<Signed>), IssueError> {
    let catalog = Catalog::of_identity(spec, identity);
    let observations = observe_authorities(root, &catalog).complete()?;
    let files = pairs(&catalog);
    let authority = authority(&observations, &files)?;
    let trusted = trusted(&catalog, &observations).unwrap_or(authority);
    let plan = Plan::new(&catalog, &observations, &RenewalPolicy::Due, identity.allow, now);
    if let Some((entry, refusal)) = plan.refusals().next() {
        return Err(IssueError::Refused { entry: entry.clone(), refusal: refusal.clone() });
    }
    let Made { files: made, signed } = make(&plan, &catalog, &observations, now)?;
    let read = |path: &StorePath| match made.iter().find(|file| file.path == *path) {
        Some(file) => Ok(file.contents.clone()),
        None => Err(IssueError::Apply(ApplyError::Changed { path: path.clone() })),
    };
    let mut pairs = Vec::new();
    for files in &files[1..] {
        let (certificate, key) = (read(&files.certificate)?, Pem(read(&files.key)?));
        pairs.push(IssuedPair { certificate, key });
    }
    let mut pairs = pairs.into_iter();
    let Some(own) = pairs.next() else {
        return Err(IssueError::NoAuthority { path: StorePath::new("ca.crt")? });
    };
    let issued = Issued {
        own,
        serving: pairs.next().filter(|_| identity.kind == IdentityKind::Node),
        authority: Zeroizing::new(authority.to_vec()),
        trusted: Zeroizing::new(trusted.to_vec()),
        cluster: spec.name.to_string(),
        server: spec.endpoint.url(),
        user: identity.user_name().to_owned(),
    };
    Ok((issued, signed))
}

/// What [`Issued::client_config`] will be, but for its certificate and key, which are empty: for
/// what has to be found out before anything is signed.
pub fn client_without_credential(
    spec: &ClusterSpec,
    identity: &Identity,
    root: &(impl Store + Sync),
) -> Result<ClientConfig, IssueError> {
    let catalog = Catalog::of_identity(spec, identity);
    let observations = observe_authorities(root, &catalog).complete()?;
    let authority = authority(&observations, &pairs(&catalog))?;
    let trusted = trusted(&catalog, &observations).unwrap_or(authority);
    Ok(ClientConfig {
        cluster: spec.name.to_string(),
        server: spec.endpoint.url(),
        ca: Source::Data(trusted.to_vec().into()),
        user: identity.user_name().to_owned(),
        client_certificate: Source::Data(Vec::new().into()),
        client_key: SecretSource::Data(Vec::new().into()),
        namespace: None,
    })
}

/// The files of the CA, then those of what it issues.
fn pairs(catalog: &Catalog) -> Vec<&PairFiles> {
    let files = catalog.entries.iter().enumerate().filter_map(|(at, entry)| match &entry.content {
        Content::Authority { files, .. } if at == 0 => Some(files),
        Content::Certificate { files, .. } => Some(files),
        _ => None,
    });
    files.collect()
}

/// The CA that kubeconfigs trust: in the layout `custom` it may be another than the issuer, and then
/// it stands behind the leaves.
fn trusted<'i>(catalog: &Catalog, observations: &'i Observations) -> Option<&'i [u8]> {
    catalog.entries.iter().rev().find_map(|entry| match &entry.content {
        Content::Authority { files, .. } => observations.contents(&files.certificate),
        _ => None,
    })
}

fn authority<'i>(
    observations: &'i Observations,
    files: &[&PairFiles],
) -> Result<&'i [u8], IssueError> {
    match files.first() {
        Some(files) => observations
            .contents(&files.certificate)
            .ok_or_else(|| IssueError::NoAuthority { path: files.certificate.clone() }),
        None => Err(IssueError::NoAuthority { path: StorePath::new("ca.crt")? }),
    }
}

impl Issued {
    /// The identity as cluster, user and context of a kubeconfig, everything embedded.
    pub fn client_config(&self) -> ClientConfig {
        ClientConfig {
            cluster: self.cluster.clone(),
            server: self.server.clone(),
            ca: Source::Data(self.trusted.to_vec().into()),
            user: self.user.clone(),
            client_certificate: Source::Data(self.own.certificate.to_vec().into()),
            client_key: SecretSource::Data(self.own.key.0.to_vec().into()),
            namespace: None,
        }
    }

    /// A kubeconfig of its own.
    pub fn kubeconfig(&self) -> Zeroizing<Vec<u8>> {
        let text = Kubeconfig::from(self.client_config()).to_yaml();
        Zeroizing::new(text.as_bytes().to_vec())
    }

    /// Certificate, then key, in one PEM text.
    pub fn pem(&self) -> Zeroizing<Vec<u8>> {
        let (certificate, key) = (&self.own.certificate, &self.own.key.0);
        // Reserved in full, so that no reallocation leaves a copy of the key behind.
        let mut text = Zeroizing::new(Vec::with_capacity(certificate.len() + key.len()));
        text.extend_from_slice(certificate);
        text.extend_from_slice(key);
        text
    }

    /// Certificate, key and CA as PKCS#12, under the user's name.
    ///
    /// # Errors
    /// [`kubepki_ca::Error`] when a part cannot be encoded.
    pub fn pkcs12(&self, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, kubepki_ca::Error> {
        let certificate = Certificate::from_pem(&self.own.certificate)?;
        let key = KeyPair::from_pem(&self.own.key.0)?;
        let authorities = Certificate::all_from_pem(&self.authority)?;
        to_pkcs12(&self.user, &certificate, &key, &authorities, passphrase)
    }
}
