//! Which verb helps with what needs attention, if one does.

use std::collections::HashSet;

use kubepki_cluster::status::{Attention, Kind, Note, Row};

use super::StatusReport;

/// A line for each verb that helps.
pub(super) fn next(report: &StatusReport) -> Vec<String> {
    let rows = &report.status.rows;
    let is_over = |row: &&Row| {
        let has_expired = |it: &Attention| matches!(it, Attention::Expired { .. });
        row.kind == Kind::Authority && row.attention.iter().any(has_expired)
    };
    let over: HashSet<_> = rows.iter().filter(is_over).map(Row::name).collect();
    let issued_by_the_living =
        |row: &&Row| row.authority.as_ref().is_none_or(|authority| !over.contains(authority));
    let mut lines = Vec::new();
    // Both verbs act now, whatever will be due at another time.
    if report.is_now && rows.iter().filter(issued_by_the_living).any(is_renewed) {
        let within = report.within.map_or(String::new(), |within| format!(" --within {within}"));
        lines.push(format!("to renew what is due or expired: `kubepki renew{within}`"));
    }
    if rows.iter().any(is_planned) {
        lines.push("to see what `kubepki apply` would change: `kubepki plan`".to_owned());
    }
    lines
}

/// Whether `renew` issues it again. CAs it never does.
fn is_renewed(row: &Row) -> bool {
    let is_time = |it: &Attention| {
        use Attention::{Due, Expired};
        matches!(it, Expired { .. } | Due { ends_with_issuer: false, .. })
    };
    let is_ours = row.id.is_some() && row.kind != Kind::Authority;
    is_ours && row.attention.iter().any(is_time) && !row.notes.iter().any(is_hindrance)
}

/// Whether a plan speaks of it, for another reason than the time.
fn is_planned(row: &Row) -> bool {
    let is_it = |it: &Attention| {
        use Attention::{
            Drifted, IssuerChanged, KeyMismatch, Missing, NotAnAuthority, TooOpen, Unreadable,
        };
        matches!(
            it,
            Drifted { .. }
                | IssuerChanged { .. }
                | KeyMismatch { .. }
                | Missing { .. }
                | NotAnAuthority { .. }
                | TooOpen { .. }
                | Unreadable { .. }
        )
    };
    let is_left_alone = row.notes.contains(&Note::KubeletManaged);
    row.id.is_some() && !is_left_alone && row.attention.iter().any(is_it)
}

fn is_hindrance(note: &Note) -> bool {
    matches!(note, Note::KubeletManaged | Note::NotRenewable { .. })
}
