//! Signing for keys of others: the one way by which a granted request becomes a certificate.
//! Writes no file and records nothing.

use jiff::Timestamp;
use kubepki_ca::{Certificate, ExtendedKeyUsage, PublicKey, Purpose, SignerErrorKind, TrustBundle};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::{
    authority_keys::{self, Authority, Stored, key_in},
    catalog::{Catalog, Content, PairFiles},
    policy::Grant,
    signed::{RequestOrigin, Signed},
    spec::CLUSTER_AUTHORITY,
    store::{Store, StoreError, StorePath},
};

/// A CA of the cluster, ready to sign.
#[derive(Debug)]
pub struct Signatory {
    issuer: Authority,
    trust: TrustBundle,
}

/// Why nothing was signed. Nobody has got a certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The CA's certificate or key is not what it should be.
    #[error("cannot use the CA `{authority}`")]
    Authority {
        /// Its name, such as `ca`.
        authority: String,
        /// Why.
        source: kubepki_ca::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate for `{subject}`")]
    Issue {
        /// Its subject.
        subject: String,
        /// Why.
        source: kubepki_ca::Error,
    },
    /// A file of the CA is not there.
    #[error("there is no `{path}`")]
    Missing {
        /// The file.
        path: StorePath,
    },
    /// The cluster has no such CA.
    #[error("the cluster has no CA `{authority}`")]
    NoAuthority {
        /// The name that was looked for.
        authority: String,
    },
    /// The root could not be read.
    #[error("cannot read the CA")]
    Store(#[source] StoreError),
}

impl Signatory {
    /// Reads the CA that users have their certificates from, which policies grant for.
    pub fn read(store: &impl Store, catalog: &Catalog) -> Result<Self, SignError> {
        let authority = CLUSTER_AUTHORITY;
        let files = files_of(catalog, authority)?;
        let failed = |source| SignError::Authority { authority: authority.to_owned(), source };
        let certificate = Certificate::from_pem(&read(store, &files.certificate)?);
        let issuer = certificate.and_then(|certificate| {
            authority_keys::open(&Stored(store), certificate, &key_in(&files.key))
        });
        let issuer = issuer.map_err(|source| match &source {
            kubepki_ca::Error::Signer(error) if error.kind() == SignerErrorKind::NoSuchKey => {
                SignError::Missing { path: files.key.clone() }
            }
            _ => failed(source),
        })?;
        let trust = TrustBundle::new(issuer.certificate().clone(), Vec::new());
        Ok(Self { issuer, trust })
    }

    /// The CA's certificate.
    pub const fn certificate(&self) -> &Certificate {
        self.issuer.certificate()
    }

    /// Signs everything that was granted, side by side, or nothing. Every certificate passes path
    /// validation by other code. They are in the order of `granted`, and have to be on record before
    /// anybody gets them.
    pub fn sign(
        &self,
        granted: &[(&PublicKey, &Grant)],
        now: Timestamp,
    ) -> Result<Vec<Signed>, SignError> {
        let sign = |(key, grant): &(&PublicKey, &Grant)| {
            let certificate = self.sign_one(key, grant, now)?;
            let (issuer, profile) = (self.certificate().clone(), grant.profile());
            let origin = match &grant.object_uid {
                Some(uid) => RequestOrigin::Object { uid: uid.clone() },
                None => RequestOrigin::File,
            };
            Ok(Signed { certificate, issuer, profile, origin })
        };
        granted.par_iter().map(sign).collect()
    }

    /// Finds out whether everything could be signed, and signs nothing: every lint, and no signature.
    pub fn check(&self, granted: &[(&PublicKey, &Grant)], now: Timestamp) -> Result<(), SignError> {
        granted.iter().try_for_each(|(key, grant)| {
            let prepared = grant.passed.prepare(&self.issuer, key, now);
            let subject = || grant.subject().to_string();
            prepared.map(drop).map_err(|source| SignError::Issue { subject: subject(), source })
        })
    }

    fn sign_one(
        &self,
        key: &PublicKey,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Certificate, SignError> {
        let sign = || {
            let issuance = grant.passed.prepare(&self.issuer, key, now)?;
            let profile = grant.profile();
            let usages = profile.extended_key_usage();
            let serves = usages.contains(&ExtendedKeyUsage::ServerAuth);
            let purpose = if serves { Purpose::Server } else { Purpose::Client };
            let certificate = issuance.sign_for(&self.trust, purpose, now)?;
            if serves && usages.contains(&ExtendedKeyUsage::ClientAuth) {
                self.trust.verify(&certificate, Purpose::Client, now)?;
            }
            Ok(certificate)
        };
        sign().map_err(|source| SignError::Issue { subject: grant.subject().to_string(), source })
    }
}

/// Reads a CA's certificate alone, by its name in the catalog.
pub fn read_authority(
    store: &impl Store,
    catalog: &Catalog,
    authority: &str,
) -> Result<Certificate, SignError> {
    let pem = read(store, &files_of(catalog, authority)?.certificate)?;
    Certificate::from_pem(&pem)
        .map_err(|source| SignError::Authority { authority: authority.to_owned(), source })
}

fn files_of<'c>(catalog: &'c Catalog, authority: &str) -> Result<&'c PairFiles, SignError> {
    let files = catalog.entries().iter().find_map(|entry| match &entry.content {
        Content::Authority { files, .. } if entry.id.name() == authority => Some(files),
        _ => None,
    });
    files.ok_or_else(|| SignError::NoAuthority { authority: authority.to_owned() })
}

fn read(store: &impl Store, path: &StorePath) -> Result<Zeroizing<Vec<u8>>, SignError> {
    match store.read(path) {
        Ok(Some(file)) => Ok(file.contents),
        Ok(None) => Err(SignError::Missing { path: path.clone() }),
        Err(error) => Err(SignError::Store(error)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kubepki_ca::{KeyAlgorithm, KeyPair, Signer, SigningRequest, Subject};

    use super::*;
    use crate::{
        Allow, ClusterSpec, MemoryStore, Plan, Policy, PolicyOptions, RenewalPolicy,
        RequestProfile, SystemMasters, make, observe,
    };

    const SPEC: &str = "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
";

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn signatory() -> Signatory {
        let spec = ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap();
        let catalog = Catalog::of_cluster(&spec).unwrap();
        let mut store = MemoryStore::default();
        let observations = observe(&MemoryStore::default(), &catalog);
        let plan = Plan::new(&catalog, &observations, &RenewalPolicy::Due, Allow::default(), now());
        let made = make(&plan, &catalog, &observations, now()).unwrap();
        store.commit(made.files, now()).unwrap();
        let missing = read_authority(&store, &catalog, "other");
        assert!(matches!(missing, Err(SignError::NoAuthority { .. })));
        Signatory::read(&store, &catalog).unwrap()
    }

    fn granted(names: &[&str]) -> Vec<(KeyPair, Grant)> {
        let spec = ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap();
        let policy = Policy::new(&spec, RequestProfile::User, PolicyOptions::default()).unwrap();
        let one = |name: &&str| {
            let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
            let request = SigningRequest::create(&Subject::new(*name), &[], &key).unwrap();
            let grant = policy.decide(&request).unwrap();
            (key, grant)
        };
        names.iter().map(one).collect()
    }

    #[test]
    fn everything_is_signed_in_the_order_in_which_it_was_granted() {
        let (signatory, granted) = (signatory(), granted(&["a", "b", "c"]));
        let orders: Vec<_> = granted.iter().map(|(key, grant)| (key.public_key(), grant)).collect();
        let signed = signatory.sign(&orders, now()).unwrap();
        let names = signed.iter().map(|signed| signed.certificate.subject().common_name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"]);
        for (Signed { certificate, issuer, origin, .. }, (key, _)) in signed.iter().zip(&granted) {
            assert!(certificate.is_for(key.public_key()));
            assert!(certificate.is_issued_by(issuer));
            assert_eq!((issuer, origin), (signatory.certificate(), &RequestOrigin::File));
        }
    }

    #[test]
    fn where_one_cannot_be_signed_none_is() {
        let (signatory, good) = (signatory(), granted(&["a"]));
        let orders: Vec<_> = good.iter().map(|(key, grant)| (key.public_key(), grant)).collect();
        let later = now() + SignedDuration::from_hours(24 * 36_500);
        let error = signatory.sign(&orders, later).unwrap_err();
        assert!(matches!(error, SignError::Issue { .. }), "{error}");
    }
}
