//! Members of etcd by their issuer: their common names are those of hosts, and say nothing.

use std::collections::HashSet;

use kubepki_ca::ExtendedKeyUsage;

use super::PlacedCertificate;
use crate::role::Role;

const OF_ETCD: [Role; 3] = [Role::EtcdCa, Role::EtcdPeerCa, Role::EtcdServerCa];

/// Gives a role to the servers in files of no known role that a CA of etcd's own issued. Whether one
/// serves clients or members is not known; both need the same usages.
pub(super) fn name_members(certificates: &mut [PlacedCertificate<'_>]) {
    let keys = |is_wanted: &dyn Fn(&Role) -> bool| -> HashSet<_> {
        let wanted = certificates.iter().filter(|known| known.roles.iter().any(is_wanted));
        wanted.map(|known| &known.facts.key).collect()
    };
    let of_etcd = keys(&|role| OF_ETCD.contains(role));
    let of_others = keys(&|role| role.is_authority() && !OF_ETCD.contains(role));
    let is_member = |known: &&PlacedCertificate<'_>| {
        let serves = known.certificate.extended_key_usage().contains(&ExtendedKeyUsage::ServerAuth);
        let mut above =
            known.path.iter().skip(1).map(|position| &certificates[*position].facts.key);
        let is_plain = known.roles.is_empty() && known.is_in_file() && !known.certificate.is_ca();
        is_plain && serves && above.any(|key| of_etcd.contains(key) && !of_others.contains(key))
    };
    let positions = certificates.iter().enumerate().filter(|(_, known)| is_member(known));
    let positions: Vec<_> = positions.map(|(position, _)| position).collect();
    for position in positions {
        certificates[position].roles.push(Role::EtcdPeer);
    }
}
