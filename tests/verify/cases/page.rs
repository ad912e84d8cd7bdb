//! docs/verify-cases.md, and its comparison.

use std::fs;

use super::{
    exceptions,
    judges::{Case, JUDGES, Verdicts},
};
use crate::{environment::repository, golden};

const PAGE: &str = "docs/verify-cases.md";
const VERSIONS: &str = "Judged by ";

const ABOUT: &str = "\
# What `kubepki verify` says of hand-made certificates, and what others say

`kubepki verify chain.pem --trust trust.pem --name NAME --for PURPOSE`, beside what Go (as the components of
Kubernetes use it), OpenSSL (`verify -x509_strict -partial_chain -auth_level 2`), GnuTLS (`certtool --verify
--verify-profile medium`) and pyca (`cryptography.x509.verification`) say in the same run. `ok` accepts, `no` refuses.

The rule: what any of the four refuses, kubepki refuses; what all of them accept, it accepts. Where a number stands beside
kubepki's verdict, it goes another way, for the reason of that number at the end. Of a rule of the Web's PKI alone a note tells.

Made by `KUBEPKI_UPDATE_GOLDEN=1 tests/run --test tests -- verify::cases`; the cases are made by `tests/verify/cases/generate.py`.
";

pub(super) fn render(cases: &[Case], verdicts: &Verdicts, versions: &str) -> String {
    let mut text = format!("{ABOUT}\n{VERSIONS}{versions}.\n");
    let mut family = "";
    for case in cases {
        if case.family != family {
            family = &case.family;
            text += &format!(
                "\n## {family}\n\n| case | what it is | kubepki | Go | OpenSSL | GnuTLS | pyca |\n|---|---|---|---|---|---|---|\n"
            );
        }
        let shown = |accepts: bool| if accepts { "ok" } else { "no" };
        let accepts = verdicts.ours(case).is_accepted();
        let ours = match exceptions::number(&case.id, accepts) {
            Some(number) => format!("{} ({number})", shown(accepts)),
            None => shown(accepts).to_owned(),
        };
        let others = JUDGES.map(|judge| shown(verdicts.against(judge, case).is_none()));
        text += &format!("| {} | {} | {ours} | {} |\n", case.id, case.title, others.join(" | "));
    }
    text + &exceptions::listed()
}

/// Whether the page was made with these versions of the judges.
pub(super) fn is_of(versions: &str) -> bool {
    written().lines().any(|line| line == format!("{VERSIONS}{versions}."))
}

/// Compares with the page. Other versions of the judges say other things, so with them only what
/// kubepki says is compared.
pub(super) fn check(actual: &str, versions: &str) {
    let updates = std::env::var_os("KUBEPKI_UPDATE_GOLDEN").is_some();
    if updates || is_of(versions) {
        return golden::check_file(PAGE, actual);
    }
    assert_eq!(without_others(&written()), without_others(actual), "{PAGE} says something else");
}

fn written() -> String {
    fs::read_to_string(repository().join(PAGE)).unwrap_or_default()
}

fn without_others(page: &str) -> Vec<String> {
    let lines = page.lines().filter(|line| !line.starts_with(VERSIONS));
    let cut = |line: &str| line.split('|').take(4).collect::<Vec<_>>().join("|");
    lines.map(|line| if line.starts_with('|') { cut(line) } else { line.to_owned() }).collect()
}
