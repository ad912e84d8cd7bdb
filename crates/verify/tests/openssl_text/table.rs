//! The names of object identifiers are openssl's own.

use std::collections::BTreeSet;

use kubepki_testkit::programs;

#[test]
fn every_name_is_in_openssls_table_and_the_other_way_round() {
    let ours: BTreeSet<_> =
        include_str!("../../src/text/objects.txt").lines().map(str::to_owned).collect();
    let mut command = programs::command("openssl");
    command.args(["list", "-objects"]);
    let listed = programs::finish(command, b"").expect_success();
    let theirs: BTreeSet<_> = listed.lines().filter_map(line).collect();
    assert!(theirs.len() > 1000, "{} objects", theirs.len());
    let missing: Vec<_> = ours.difference(&theirs).collect();
    assert!(missing.is_empty(), "openssl does not know {missing:?}");
    // A newer openssl knows more.
    if programs::run("openssl", ["version"]).stdout.starts_with("OpenSSL 3.0") {
        let missing: Vec<_> = theirs.difference(&ours).collect();
        assert!(missing.is_empty(), "we do not know {missing:?}");
    }
}

/// `CN = commonName, 2.5.4.3` as a line of ours; `None` for what is no identifier.
fn line(listed: &str) -> Option<String> {
    let (short, rest) = listed.split_once(" = ")?;
    let (long, dotted) = rest.rsplit_once(", ").map_or((short, rest), |it| it);
    let is_valid = !listed.starts_with('#') && !dotted.ends_with('.');
    // Two objects have these arcs; openssl finds this one.
    let is_found = dotted != "1.3" || short == "ORG";
    let long = if long == short { String::new() } else { format!(" {long}") };
    (is_valid && is_found).then(|| format!("{dotted} {short}{long}"))
}
