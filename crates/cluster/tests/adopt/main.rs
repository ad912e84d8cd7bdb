//! What is inferred from files, in memory: roles, CAs, pairs, defects. The folders that kubeadm, openssl
//! and cfssl make themselves are in tests/adopt.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod bad;
mod defects;
mod folder;
mod inferred;

use jiff::{SignedDuration, Timestamp};
use kubepki_cluster::{
    Action, Allow, Catalog, ClusterSpec, Issue, Plan, RenewalPolicy, StorePath, SystemMasters,
    adopt::{AdoptError, AdoptOptions, Adoption, Note, Survey, adopt},
    observe,
};
use zeroize::Zeroizing;

use folder::Folder;

/// The moment at which every certificate begins.
const BEGIN: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn path(text: &str) -> StorePath {
    StorePath::new(text).unwrap()
}

impl Folder {
    fn try_adopt(&self, options: AdoptOptions) -> Result<Adoption, AdoptError> {
        let mut survey = Survey::default();
        for (path, file) in self.store.files() {
            survey.add(path.clone(), Zeroizing::new(file.contents.to_vec()));
        }
        adopt(survey, options)
    }

    fn adopt(&self) -> Adopted<'_> {
        let adoption = self.try_adopt(AdoptOptions::default()).unwrap();
        let spec = ClusterSpec::parse(&adoption.yaml, SystemMasters::Refused).unwrap();
        Adopted { folder: self, adoption, spec }
    }
}

/// A folder and the spec that describes it.
struct Adopted<'a> {
    folder: &'a Folder,
    adoption: Adoption,
    spec: ClusterSpec,
}

/// What the gate keeps is tested elsewhere.
fn everything() -> Allow {
    Allow {
        beyond_spec: true,
        cluster_admin: true,
        etcd_client: true,
        front_proxy: true,
        system_identity: true,
        system_masters: true,
    }
}

impl Adopted<'_> {
    fn plan(&self) -> Plan {
        let catalog = Catalog::of_cluster(&self.spec).unwrap();
        let observations = observe(&self.folder.store, &catalog).complete().unwrap();
        let now = BEGIN + SignedDuration::from_hours(1);
        Plan::new(&catalog, &observations, &RenewalPolicy::Due, everything(), now)
    }

    /// What the plan would do, as `entry: reason`.
    fn defects(&self) -> Vec<String> {
        let plan = self.plan();
        let steps = plan.steps.iter().flat_map(|step| {
            let what = match &step.action {
                Action::Keep => vec![],
                Action::Renew { reasons } => reasons.iter().map(Issue::to_string).collect(),
                Action::Refuse { refusal } => vec![format!("refused: {refusal}")],
                other => vec![format!("{other:?}")],
            };
            what.into_iter().map(|what| format!("{}: {what}", step.id)).collect::<Vec<_>>()
        });
        steps.collect()
    }

    /// The names of all entries, in the order of the spec.
    fn names(&self) -> Vec<String> {
        self.plan().steps.iter().map(|step| step.id.to_string()).collect()
    }

    /// What was left out: file and reason.
    fn left_out(&self) -> Vec<(&str, &str)> {
        left_out(&self.adoption.notes)
    }
}

fn left_out(notes: &[Note]) -> Vec<(&str, &str)> {
    let left_out = notes.iter().filter_map(|note| match note {
        Note::LeftOut { path, why } => Some((path.as_str(), why.as_str())),
        _ => None,
    });
    left_out.collect()
}
