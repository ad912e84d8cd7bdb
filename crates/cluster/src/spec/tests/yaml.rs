//! Texts that are no YAML, or whose fields are wrong before their values are.

use super::*;

#[test]
#[rustfmt::skip]
fn unknown_fields_are_named_with_what_was_meant() {
    let here = "the fields here are apiVersion, kind, name, endpoint, domain, serviceCIDRs, layout, \
                csrSigning, apiserverPort, kubernetesVersion, encryption, kubelets, extraArgs, certificates, \
                hosts, users, places, trust, authorities, entries";
    for (old, new, field, location, message, hint) in [
        ("layout: hosts", "foo: 1", "", (7, 1), "unknown field `foo`", here),
        ("layout: hosts", "layuot: hosts", "", (7, 1), "unknown field `layuot`", "did you mean `layout`?"),
        ("podCIDR", "podCidr", "hosts[1]", (23, 5), "unknown field `podCidr`", "did you mean `podCIDR`?"),
        ("renewBefore", "renewbefor", "certificates", (13, 3), "unknown field `renewbefor`", "did you mean `renewBefore`?"),
        ("    lifetime: 24h", "    email: x", "users[1]", (29, 5), "unknown field `email`", "the fields here are name, groups, uid, lifetime"),
        ("layout: hosts", "\"a`, expected \\nb\": 1", "", (7, 1), "unknown field `a`, expected \\nb`", here),
        ("layout: hosts", "<<: {}", "", (7, 1), "unknown field `<<`", "merge keys are not supported, write the fields out"),
    ] {
        assert_error(&changed(old, new), field, location, message, hint);
    }
}

#[test]
#[rustfmt::skip]
fn missing_fields_are_named() {
    for (old, new, field, location, hint) in [
        ("apiVersion: kubepki/v1alpha1\n", "", "apiVersion", (1, 1), "add a line `apiVersion: ...`"),
        ("kind: Cluster\n", "# no kind\n", "kind", (1, 1), "add a line `kind: ...`"),
        ("name: hard-way\n", "", "name", (1, 1), "add a line `name: ...`"),
        ("endpoint: server.kubernetes.local:6443 ", "", "endpoint", (1, 1), "add a line `endpoint: ...`"),
        ("serviceCIDRs: [10.32.0.0/24] ", "", "serviceCIDRs", (1, 1), "add a line `serviceCIDRs: ...`"),
        ("    roles: [worker]\n", "", "hosts[1].roles", (20, 5), "add a line `roles: ...`"),
        ("    addresses: [10.240.0.20]\n", "", "hosts[1].addresses", (20, 5), "add a line `addresses: ...`"),
        ("  - name: jane\n    groups", "  - groups", "users[1].name", (27, 5), "add a line `name: ...`"),
    ] {
        assert_error(&changed(old, new), field, location, "the field is missing", hint);
    }
    let text = SPEC.split("hosts:\n").next().unwrap();
    assert_error(text, "hosts", (1, 1), "the field is missing", "add a line `hosts: ...`");
}

#[test]
#[rustfmt::skip]
fn duplicate_fields_are_found_at_the_second() {
    for (old, new, field, location, name) in [
        ("csrSigning: true", "domain: a", "", (8, 1), "domain"),
        ("  caLifetime: 3650d", "  'lifetime': 1d", "certificates", (12, 3), "lifetime"),
        ("    podCIDR: 10.200.0.0/24", "    name: x", "hosts[1]", (23, 5), "name"),
        ("csrSigning: true", "x: {a: 1, a: 2}", "x", (8, 11), "a"),
    ] {
        let message = format!("duplicate field `{name}`");
        assert_error(&changed(old, new), field, location, &message, "keep one of the two");
    }
}

#[test]
#[rustfmt::skip]
fn wrong_types_are_told_in_plain_words() {
    let (list, fields) = ("write a list, such as `[a, b]`", "write `name: value` lines");
    for (old, new, field, location, message, hint) in [
        ("[10.32.0.0/24]", "10.32.0.0/24", "serviceCIDRs", (6, 15), "expected a list, found string \"10.32.0.0/24\"", list),
        ("domain: cluster.local", "domain: [a]", "domain", (5, 9), "expected text, found a list", "write one value"),
        ("name: jane", "name: {a: 1}", "users[1].name", (27, 11), "expected text, found fields", "write one value"),
        ("csrSigning: true", "csrSigning: yes", "csrSigning", (8, 13), "expected `true` or `false`, found string \"yes\"", "write `true` or `false`, without quotes"),
        ("csrSigning: true", "apiserverPort: x", "apiserverPort", (8, 16), "expected a whole number, found string \"x\"", "write a number, without quotes"),
        ("csrSigning: true", "? [a]\n: b", "", (8, 3), "expected a field name, found a list", "write `name: value`"),
        ("csrSigning: true", "csrSigning: ~", "csrSigning", (8, 13), "the field has no value", "write a value, or remove the line"),
        ("csrSigning: true", "csrSigning:", "csrSigning", (8, 12), "the field has no value", "write a value, or remove the line"),
        ("csrSigning: true", "csrSigning: !x true", "csrSigning", (8, 13), "YAML tags are not supported", "remove the word that begins with `!`, or quote the value"),
        ("    lifetime: 24h", "  - x", "users[2]", (29, 5), "expected fields, found string \"x\"", fields),
    ] {
        assert_error(&changed(old, new), field, location, message, hint);
    }
    assert_error("[a]", "", (1, 1), "expected fields, found a list", fields);
    assert_error("a", "", (1, 1), "expected fields, found string \"a\"", fields);
}

#[test]
fn a_spec_is_one_document() {
    for text in ["", "\n\n", "# nothing\n", "---\n", "~", "---\n...\n"] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.message(), "the document is empty", "{text:?}");
        assert_eq!(error.hint(), Some("`kubepki init` writes a spec to start from"));
        assert!(error.location().is_some());
    }
    assert_error(
        &format!("{SPEC}---\n# another\n{SPEC}"),
        "",
        (32, 1),
        "a spec is one document, and here a second begins",
        "remove the line `---`, or keep one cluster per file",
    );
}

#[test]
#[rustfmt::skip]
fn broken_yaml_is_located() {
    for (old, new, location, message) in [
        ("csrSigning: true", "\tcsrSigning: true", (8, 1), "this is no YAML: the character cannot begin a value"),
        ("domain: cluster.local", "domain: @x", (5, 9), "this is no YAML: the character cannot begin a value"),
        ("domain: cluster.local", "domain: a: b", (5, 10), "this is no YAML: a second `: ` in one line, or a wrong indentation"),
        ("domain: cluster.local", "domain: *x", (5, 9), "an alias has no anchor"),
        ("[dev, oncall]", "[dev, oncall", (29, 13), "this is no YAML: did not find expected ',' or ']', while parsing a flow sequence"),
        ("server.kubernetes.local:6443     #", "[::1]:6443 #", (4, 12), "this is no YAML: did not find expected node content, while parsing a flow node"),
    ] {
        let error = parse(&changed(old, new)).unwrap_err();
        assert_eq!((error.location(), error.message()), (Some(location), message));
        assert!(error.hint().is_some());
    }
}

#[test]
fn an_error_is_one_line() {
    let error = parse(&changed("name: node-0", "name: \"a\\nb\\e[31m\"")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "hosts[1].name: `a\\nb\\u{1b}[31m` is no host name: a character is not allowed (line 20, column 11)"
    );
}
