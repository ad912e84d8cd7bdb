//! What `Kubeconfig::parse` takes and what it refuses, and that no refusal tells a secret.

use std::time::Duration;

use kubepki_kubeconfig::{Error, Kubeconfig, MAX_BYTES};

fn parse(text: &str) -> Kubeconfig {
    Kubeconfig::parse(text).unwrap_or_else(|error| panic!("{error}\nin {text}"))
}

fn problem(text: &str) -> (String, Option<usize>, Option<usize>) {
    match Kubeconfig::parse(text) {
        Err(Error::Invalid { problem, line, column }) => (problem, line, column),
        other => panic!("{other:?}\nfor {text}"),
    }
}

#[test]
fn takes_what_kubectl_takes() {
    for empty in ["", "# none\n", "null\n", "---\n", "clusters: null\nusers:\ncontexts: ~\n"] {
        assert_eq!(parse(empty), Kubeconfig::default(), "{empty:?}");
    }
    let unix = "kind: Config\nusers:\n- name: a\n  user:\n    token: t\n-\n";
    let config = parse(unix);
    assert_eq!(config.users.len(), 2);
    assert_eq!(parse(&unix.replace('\n', "\r\n")), config, "CRLF");
    assert_eq!(parse(&format!("\u{feff}{unix}")), config, "byte order mark");
    let json =
        "{\n\t\"kind\":\"Config\",\"users\":[{\"name\":\"a\",\"user\":{\"token\":\"t\"}},{}]}";
    assert_eq!(parse(json), config, "JSON");
    let anchored = "x: &t {token: t}\nusers: [{name: a, user: *t}, {}]\n";
    assert_eq!(parse(anchored).users, config.users, "an honest alias");
}

#[test]
fn keeps_text_as_it_is_written() {
    let user = "token: 0123\n    username: yes\n    tokenFile: null\n    password: ''";
    let config = parse(&format!("users:\n- name: 12\n  user:\n    {user}\n"));
    assert_eq!(config.users[0].name, "12");
    let user = &config.users[0].user;
    assert_eq!(user.token.as_ref().map(|token| token.expose()), Some("0123"));
    assert_eq!(user.username.as_deref(), Some("yes"));
    assert_eq!((&user.token_file, &user.password), (&None, &None));
}

#[test]
fn keeps_unnamed_scalars_with_or_without_their_quotes() {
    let text = "\
apiVersion: v1
clusters: []
contexts: []
current-context: \"\"
kind: Config
preferences: {}
users: []
x:
  a: yes
  b: \"yes\"
  c: 0123
  d: \"0123\"
  e: 12
  f: -1.5
  g: 2001-12-14 21:59:43.10 -5
  h: 123456789012345678901
  i: null
  j: \"é\"
  k: off
  l: 1:30
  m: .inf
  o:
  - - y
    - \"n\"
  - {}
  - []
";
    assert_eq!(*parse(text).to_yaml(), text);
    let tagged = "x: {a: !!str yes, b: &n !!str 0123, c: &y on, d: *y, e: 'no'}";
    let yaml = parse(tagged).to_yaml();
    assert!(
        yaml.ends_with("a: \"yes\"\n  b: \"0123\"\n  c: on\n  d: on\n  e: \"no\"\n"),
        "{}",
        *yaml
    );
}

#[test]
fn base64_may_have_line_breaks_but_no_spaces() {
    let with = |data: &str| {
        Kubeconfig::parse(format!("users: [{{user: {{client-key-data: {data}}}}}]"))
            .map(|config| config.users[0].user.client_key_data.as_ref().unwrap().expose().to_vec())
    };
    assert_eq!(with("\"YWJj\\r\\nYWJj\\n\"").unwrap(), b"abcabc");
    assert_eq!(with("YWI=").unwrap(), b"ab");
    for bad in ["\"YWJj YWJj\"", "YWI", "Y_I=", "YWI=YWI="] {
        let Err(Error::Invalid { problem, .. }) = with(bad) else { panic!("{bad} was taken") };
        assert!(problem.starts_with("users[0].user.client-key-data: not base64 at"), "{problem}");
    }
    let block =
        "clusters:\n- cluster:\n    certificate-authority-data: |\n      YWJj\n      YWJj\n";
    let ca = &parse(block).clusters[0].cluster.certificate_authority_data;
    assert_eq!(ca.as_ref().unwrap().as_ref(), b"abcabc");
}

#[test]
fn booleans_are_those_of_yaml_1_1() {
    let with = |flag: &str| {
        Kubeconfig::parse(format!("clusters: [{{cluster: {{insecure-skip-tls-verify: {flag}}}}}]"))
            .map(|config| config.clusters[0].cluster.insecure_skip_tls_verify)
    };
    for (flag, expected) in [("yes", true), ("True", true), ("off", false), ("~", false)] {
        assert_eq!(with(flag), Ok(expected), "{flag}");
    }
    assert!(with("1").is_err());
}

#[test]
fn problems_have_a_field_and_a_place() {
    let server = "clusters:\n- name: a\n  cluster:\n    server: [x]\n";
    let (text, line, column) = problem(server);
    assert!(text.starts_with("clusters[0].cluster.server: "), "{text}");
    assert_eq!((line, column), (Some(4), Some(13)));

    let (text, line, _) = problem("users: [{name: a,\n  name: b}]");
    assert!(text.contains("the key name is given twice"), "{text}");
    assert_eq!(line, Some(2));

    let (text, line, _) = problem("kind: Config\n\tusers: []\n");
    assert!(text.contains("line 2"), "{text}");
    assert_eq!(line, Some(2));
}

#[test]
fn refuses_what_is_not_one_kubeconfig() {
    for text in ["kind: Pod", "apiVersion: v2", "apiVersion: v1\nkind: List"] {
        assert!(matches!(Kubeconfig::parse(text), Err(Error::WrongKind { .. })), "{text}");
    }
    for (list, text) in [
        ("clusters", "clusters: [{name: a}, {name: a}]"),
        ("users", "users: [{name: a}, {name: a}]"),
        ("contexts", "contexts: [{name: a}, {name: a}]"),
    ] {
        let expected = Error::DuplicateName { list, name: "a".into() };
        assert_eq!(Kubeconfig::parse(text), Err(expected));
    }
    assert_eq!(Kubeconfig::parse(b"kind: \xff"), Err(Error::NotUtf8 { valid_up_to: 6 }));
    assert!(problem("kind: Config\n---\nkind: Config\n").0.contains("more than one document"));
    assert!(problem("x: {a: 1, a: 1}").0.contains("twice"));
    assert!(problem("a: &a {b: 1}\nx: {<<: *a}").0.contains("merge key"));
    assert!(problem("x: !mine 1").0.starts_with("x: "));
    assert!(problem("x: *nobody").0.contains("unknown anchor"));
    assert!(problem("? [a]\n: b").0.contains("a key that is a string"));
}

#[test]
fn no_refusal_and_no_debug_tells_a_secret() {
    for text in [
        "s3cret",
        "[s3cret]",
        "users: s3cret",
        "users: [s3cret]",
        "users: [{user: s3cret}]",
        "users: [{user: {token: !!null s3cret}}]",
        "users: [{user: {token: {s3cret: 1}}}]",
        "users: [{user: {client-key-data: s3cret}}]",
        "clusters: [{cluster: {insecure-skip-tls-verify: s3cret}}]",
        "x: !!int s3cret",
        "x: !!bool s3cret",
        "x: !!float s3cret",
        "x: !s3cret 1",
        "x: *s3cret",
        "x: \"s3cret",
        "x: \"s3cret\\q\"",
        "x: %s3cret",
        "users: [{user: 53123}]",
    ] {
        let error = Kubeconfig::parse(text).expect_err(text);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("53123"), "{shown}");
    }
    let user = "{token: s3cret, password: s3cret, client-key-data: s3cretAA, \
                client-certificate-data: s3cretAA, exec: {env: [{name: T, value: s3cret}]}}";
    let config = parse(&format!("users: [{{user: {user}}}]"));
    assert!(config.to_yaml().contains("s3cretAA"));
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cret") && shown.contains("exec"), "{shown}");
}

/// Each of these takes minutes or the whole stack from a parser without limits.
#[test]
fn bombs_are_refused_quickly() {
    let mut aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (next, last) in ('b'..='z').zip('a'..) {
        aliases += &format!("{next}: &{next} [{}]\n", vec![format!("*{last}"); 9].join(","));
    }
    let many = MAX_BYTES / 2;
    for (name, text) in [
        ("aliases", aliases),
        ("open lists", "[".repeat(100_000)),
        ("closed lists", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("lists in a field", format!("x: {}", "[".repeat(MAX_BYTES - 3))),
        ("open mappings", "{".repeat(MAX_BYTES)),
        ("nested mappings", "{a: ".repeat(MAX_BYTES / 4)),
        ("block lists", "- ".repeat(many)),
        ("block keys", "? ".repeat(many)),
        ("block list in a field", format!("x:\n  {}", "- ".repeat(many - 8))),
        ("explicit values", "? a\n: ".repeat(many / 4)),
        ("a long list often", {
            let list = "x,".repeat(100_000);
            format!("a: &a [{list}]\nb: [{}]", "*a,".repeat(100_000))
        }),
        ("a long token often", {
            let token = "x".repeat(500_000);
            format!("a: &a {{user: {{token: {token}}}}}\nusers: [{}]", "*a,".repeat(100_000))
        }),
        ("itself", "x: &a [*a]".into()),
    ] {
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(Kubeconfig::parse(text).is_err()));
        // Generous, because the test machine may be busy: quadratic work takes minutes.
        let refused = receive.recv_timeout(Duration::from_secs(60));
        assert_eq!(refused, Ok(true), "{name}");
    }
    let large = "#".repeat(MAX_BYTES + 1);
    let expected = Error::TooLarge { limit: MAX_BYTES, actual: MAX_BYTES + 1 };
    assert_eq!(Kubeconfig::parse(&large), Err(expected));
    assert_eq!(Kubeconfig::parse(&large[1..]), Ok(Kubeconfig::default()));
}
