//! A CertificateSigningRequest of the API: beside its PKCS#10 request it says for what, for how long
//! and by whom it is asked. All of that is judged here, for a signature of ours (`csr sign`) and for
//! an approval, after which the controller manager signs (`csr approve`).

use jiff::SignedDuration;
use kubepki_ca::{ExtendedKeyUsage, SigningRequest, Subject};

use super::{Grant, Policy, Refused, RequestProfile, Rule, subject::Claims};
use crate::{
    certificates_api::{CertificateSigningRequest, SignerName, Usage},
    gate::{Allow, check_claims},
    request_object::RequestObject,
    reserved::{NODE_PREFIX, NODES},
    spec::{InvalidValue, Lifetime, quote},
};

/// The group of bootstrap tokens, with which a node asks for its first certificate.
const BOOTSTRAPPERS: &str = "system:bootstrappers";

impl Policy<'_> {
    /// Decides what a request of the API gets: by its usages, which the profile must be for, and
    /// for no longer than it asks. A node asks for itself.
    ///
    /// # Errors
    /// As [`Policy::read`], and the rules of the object.
    pub fn read_object(&self, object: &RequestObject) -> Result<(SigningRequest, Grant), Refused> {
        let request = request_of(object)?;
        let needed = match self.profile.profile().extended_key_usage() {
            [ExtendedKeyUsage::ServerAuth] => Usage::SERVER_AUTH,
            _ => Usage::CLIENT_AUTH,
        };
        check_usages(&usages_of(object)?, needed, self.profile)?;
        let at_most = expiration_of(object)?;
        let mut grant = self.decide_within(&request, at_most.map(Lifetime::duration))?;
        match self.profile {
            RequestProfile::NodeClient => check_node(object, &grant.subject().common_name, true)?,
            RequestProfile::NodeServer => check_node(object, &grant.subject().common_name, false)?,
            _ => {}
        }
        grant.object_uid = Some(object.uid().to_owned());
        Ok((request, grant))
    }
}

/// Judges whether a request may be approved, by the rules of its signer where that is one of
/// Kubernetes' own; what it would make of somebody passes the gate. The subject that was asked for.
///
/// # Errors
/// The rule that it breaks.
pub fn check_approval(object: &RequestObject, allow: Allow) -> Result<String, Refused> {
    let request = request_of(object)?;
    let subject = request.requested_subject().to_string();
    let signer = object.signer_name();
    let built_in = [
        SignerName::KUBE_APISERVER_CLIENT,
        SignerName::KUBE_APISERVER_CLIENT_KUBELET,
        SignerName::KUBELET_SERVING,
    ];
    if !built_in.contains(&signer) {
        return Ok(subject);
    }
    let claims = Claims::read(request.requested_subject())?;
    let name = signer.parse().map_err(|invalid: InvalidValue| refused(Rule::Signer, &invalid))?;
    let (usages, expiration) = (usages_of(object)?, expiration_of(object)?);
    // Its own name is the apiserver's business.
    CertificateSigningRequest::new("name", name, usages, expiration, request).map_err(
        |refusal| {
            Refused::new(Rule::Signer, format!("{signer} would not sign it: {}", refusal.message))
        },
    )?;
    match signer {
        SignerName::KUBE_APISERVER_CLIENT => {
            let groups = claims.organizations;
            check_claims(&Subject::new(claims.common_name).with_organizations(groups), allow)?;
        }
        SignerName::KUBE_APISERVER_CLIENT_KUBELET => {
            check_node(object, &claims.common_name, true)?;
        }
        _ => check_node(object, &claims.common_name, false)?,
    }
    Ok(subject)
}

fn request_of(object: &RequestObject) -> Result<SigningRequest, Refused> {
    let pem = object.request_pem().map_err(|error| refused(Rule::Malformed, &error))?;
    SigningRequest::from_pem(&pem).map_err(Refused::from)
}

fn usages_of(object: &RequestObject) -> Result<Vec<Usage>, Refused> {
    let parse = |usage: &str| usage.parse().map_err(|e: InvalidValue| refused(Rule::Usages, &e));
    object.usages().into_iter().map(parse).collect()
}

/// What the API takes: nothing, or 600 seconds and more.
fn expiration_of(object: &RequestObject) -> Result<Option<Lifetime>, Refused> {
    let seconds = object.expiration_seconds();
    let seconds = seconds.map_err(|error| refused(Rule::Expiration, &error))?;
    let Some(seconds) = seconds else { return Ok(None) };
    let text = format!("{seconds}s");
    let lifetime: Lifetime =
        text.parse().map_err(|e: InvalidValue| refused(Rule::Expiration, &e))?;
    if lifetime.duration() < SHORTEST {
        let message = format!("{seconds} seconds are less than the 600 of the API");
        return Err(Refused::new(Rule::Expiration, message));
    }
    Ok(Some(lifetime))
}

const SHORTEST: SignedDuration = SignedDuration::from_mins(10);

/// The usage of the profile, and with it only those that go with it at Kubernetes' own signers.
fn check_usages(asked: &[Usage], needed: Usage, profile: RequestProfile) -> Result<(), Refused> {
    if !asked.contains(&needed) {
        let message = format!("`{needed}` is missing for the profile {profile}");
        return Err(Refused::new(Rule::Usages, message));
    }
    let allowed = [needed, Usage::DIGITAL_SIGNATURE, Usage::KEY_ENCIPHERMENT];
    match asked.iter().find(|usage| !allowed.contains(usage)) {
        Some(other) => {
            Err(Refused::new(Rule::Usages, format!("the profile {profile} gives no `{other}`")))
        }
        None => Ok(()),
    }
}

/// A node asks for itself; for its first client certificate, a bootstrap token does.
fn check_node(object: &RequestObject, common_name: &str, is_client: bool) -> Result<(), Refused> {
    let (user, groups) = (object.username(), object.groups());
    let is_itself = user == common_name && user.starts_with(NODE_PREFIX) && groups.contains(&NODES);
    if is_itself || is_client && groups.contains(&BOOTSTRAPPERS) {
        return Ok(());
    }
    let message = format!("{} asks for {}", quote(user), quote(common_name));
    Err(Refused::new(Rule::Requester, message))
}

fn refused(rule: Rule, error: &impl ToString) -> Refused {
    Refused::new(rule, error.to_string())
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use kubepki_ca::{KeyAlgorithm, KeyPair};
    use serde_json::{Value, json};

    use super::*;
    use crate::{ClusterSpec, PolicyOptions, SystemMasters};

    const SPEC: &str = "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
hosts:
  - {name: server, roles: [control-plane], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
";

    struct Ask {
        user: &'static str,
        groups: &'static [&'static str],
        subject: Subject,
        names: &'static [&'static str],
        usages: &'static [&'static str],
        seconds: Value,
        signer: &'static str,
    }

    fn of(name: &str, groups: &[&str]) -> Subject {
        Subject::new(name).with_organizations(groups.iter().copied())
    }

    fn user() -> Ask {
        Ask {
            user: "erin",
            groups: &["system:authenticated"],
            subject: of("erin", &["dev"]),
            names: &[],
            usages: &["client auth"],
            seconds: Value::Null,
            signer: "kubernetes.io/kube-apiserver-client",
        }
    }

    fn node() -> Ask {
        Ask {
            user: "system:node:node-0",
            groups: &["system:nodes", "system:authenticated"],
            subject: of("system:node:node-0", &["system:nodes"]),
            usages: &["client auth", "digital signature"],
            signer: "kubernetes.io/kube-apiserver-client-kubelet",
            ..user()
        }
    }

    fn serving() -> Ask {
        Ask {
            names: &["node-0"],
            usages: &["server auth", "digital signature", "key encipherment"],
            signer: "kubernetes.io/kubelet-serving",
            ..node()
        }
    }

    fn object(ask: &Ask) -> RequestObject {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let names: Vec<_> = ask.names.iter().map(|name| name.parse().unwrap()).collect();
        let request = SigningRequest::create(&ask.subject, &names, &key).unwrap();
        let spec = json!({
            "request": STANDARD.encode(request.to_pem()),
            "signerName": ask.signer,
            "usages": ask.usages,
            "username": ask.user,
            "groups": ask.groups,
            "expirationSeconds": ask.seconds,
        });
        let object = json!({"metadata": {"name": "csr-1"}, "spec": spec});
        RequestObject::parse(&object.to_string()).unwrap()
    }

    #[test]
    fn usages_life_and_requester_are_judged() {
        use RequestProfile::{NodeClient, NodeServer, Server, User};
        let spec = ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap();
        let year = SignedDuration::from_hours(24 * 365);
        for (profile, ask, expected) in [
            (User, user(), Ok(year)),
            (User, Ask { seconds: json!(600), ..user() }, Ok(SignedDuration::from_mins(10))),
            // The shorter life wins.
            (User, Ask { seconds: json!(2_000_000_000), ..user() }, Ok(year)),
            (User, Ask { seconds: json!(599), ..user() }, Err(Rule::Expiration)),
            (User, Ask { seconds: json!(-1), ..user() }, Err(Rule::Expiration)),
            (User, Ask { seconds: json!("600"), ..user() }, Err(Rule::Expiration)),
            (User, Ask { seconds: json!(1.5), ..user() }, Err(Rule::Expiration)),
            (User, Ask { usages: &["server auth"], ..user() }, Err(Rule::Usages)),
            (User, Ask { usages: &["client auth", "server auth"], ..user() }, Err(Rule::Usages)),
            (User, Ask { usages: &["client auth", "cert sign"], ..user() }, Err(Rule::Usages)),
            (User, Ask { usages: &["any"], ..user() }, Err(Rule::Usages)),
            (User, Ask { usages: &["cook"], ..user() }, Err(Rule::Usages)),
            (User, Ask { usages: &[], ..user() }, Err(Rule::Usages)),
            (
                User,
                Ask { subject: of("erin", &["system:masters"]), ..user() },
                Err(Rule::SystemMasters),
            ),
            (NodeClient, node(), Ok(year)),
            (NodeClient, Ask { user: "erin", ..node() }, Err(Rule::Requester)),
            (NodeClient, Ask { user: "system:node:node-1", ..node() }, Err(Rule::Requester)),
            (NodeClient, Ask { groups: &["dev"], ..node() }, Err(Rule::Requester)),
            (
                NodeClient,
                Ask { user: "system:bootstrap:abc", groups: &["system:bootstrappers"], ..node() },
                Ok(year),
            ),
            (NodeServer, serving(), Ok(year)),
            (NodeServer, Ask { usages: &["client auth"], ..serving() }, Err(Rule::Usages)),
            (
                NodeServer,
                Ask {
                    user: "system:bootstrap:abc",
                    groups: &["system:bootstrappers"],
                    ..serving()
                },
                Err(Rule::Requester),
            ),
            (
                Server,
                Ask { subject: of("hook.web.svc", &[]), names: &["hook.web.svc"], ..user() },
                Err(Rule::Usages),
            ),
        ] {
            let policy = Policy::new(&spec, profile, PolicyOptions::default()).unwrap();
            let decided = policy.read_object(&object(&ask));
            let decided = decided.map(|(_, grant)| grant.lifetime()).map_err(|why| why.rule);
            let Ask { user, usages, seconds, .. } = ask;
            assert_eq!(decided, expected, "{profile} {user} {usages:?} {seconds}");
        }
    }

    #[test]
    fn what_a_signer_of_kubernetes_would_make_passes_the_gate() {
        let none = Allow::default();
        let admin = Allow { cluster_admin: true, ..none };
        for (ask, allow, expected) in [
            (user(), none, Ok(())),
            (
                Ask { subject: of("erin", &["kubeadm:cluster-admins"]), ..user() },
                none,
                Err(Rule::ClusterAdmins),
            ),
            (Ask { subject: of("erin", &["kubeadm:cluster-admins"]), ..user() }, admin, Ok(())),
            (
                Ask { subject: of("system:kube-scheduler", &[]), ..user() },
                none,
                Err(Rule::SystemIdentity),
            ),
            (
                Ask { subject: of("erin", &["system:masters"]), ..user() },
                Allow::EVERYTHING,
                Err(Rule::Signer),
            ),
            (Ask { usages: &["server auth"], ..user() }, none, Err(Rule::Signer)),
            (Ask { usages: &["cook"], ..user() }, none, Err(Rule::Usages)),
            (node(), none, Ok(())),
            (Ask { user: "erin", ..node() }, none, Err(Rule::Requester)),
            (Ask { names: &["node-0"], ..node() }, none, Err(Rule::Signer)),
            (serving(), none, Ok(())),
            (Ask { user: "system:node:node-1", ..serving() }, none, Err(Rule::Requester)),
            (Ask { subject: of("erin", &[]), ..serving() }, none, Err(Rule::Signer)),
            (Ask { signer: "example.com/users", usages: &["any"], ..user() }, none, Ok(())),
        ] {
            let judged = check_approval(&object(&ask), allow).map(drop).map_err(|why| why.rule);
            assert_eq!(judged, expected, "{} {} {:?}", ask.signer, ask.subject, ask.usages);
        }
    }
}
