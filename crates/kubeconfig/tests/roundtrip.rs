//! Whatever a kubeconfig holds, writing and reading it gives it back.

use kubepki_kubeconfig::{
    AuthInfo, Cluster, Context, Data, Fields, Kubeconfig, NamedCluster, NamedContext, NamedUser,
    Secret, SecretText, Value,
};
use proptest::{collection, option, prelude::*};

/// Any text, and often one that YAML could take for something else.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z0-9:/.@-]{1,12}",
        "[ \\t\\n\\r\"'#:,?&*!|>%@`{}\\[\\]~<=+_\\-\\\\0-9a-f.xe]{1,8}",
        "(y|Y|yes|No|on|OFF|true|False|null|NULL|~|0x1f|0o17|0123|1e3|1_0|\\.inf|\\.nan|<<|=|---)",
        collection::vec(any::<char>(), 1..8).prop_map(String::from_iter),
    ]
    // The one key the parser refuses.
    .prop_filter("a merge key", |text| text != "<<")
    .boxed()
}

fn value() -> BoxedStrategy<Value> {
    // `Value` has no `Clone`, so the leaves are made anew each time.
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        Just(String::new()).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::vec((text(), inner), 0..4)
                .prop_map(|fields| Value::from(Fields::from_iter(fields))),
        ]
    })
    .boxed()
}

fn fields() -> BoxedStrategy<Fields> {
    // `x-` keeps clear of the fields that have names.
    collection::vec((text().prop_map(|name| format!("x-{name}")), value()), 0..3)
        .prop_map(Fields::from_iter)
        .boxed()
}

fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    option::of(collection::vec(any::<u8>(), 1..40))
}

prop_compose! {
    fn cluster()(
        server in text(), path in option::of(text()), data in bytes(), insecure: bool,
        tls in option::of(text()), proxy in option::of(text()), other in fields(),
    ) -> Cluster {
        Cluster {
            server,
            certificate_authority: path,
            certificate_authority_data: data.map(Data::from),
            insecure_skip_tls_verify: insecure,
            tls_server_name: tls,
            proxy_url: proxy,
            other,
        }
    }
}

prop_compose! {
    fn user()(
        certificate in option::of(text()), certificate_data in bytes(),
        key in option::of(text()), key_data in bytes(),
        token in option::of(text()), token_file in option::of(text()),
        username in option::of(text()), password in option::of(text()), other in fields(),
    ) -> AuthInfo {
        AuthInfo {
            client_certificate: certificate,
            client_certificate_data: certificate_data.map(Data::from),
            client_key: key,
            client_key_data: key_data.map(Secret::from),
            token: token.map(SecretText::from),
            token_file,
            username,
            password: password.map(SecretText::from),
            other,
        }
    }
}

prop_compose! {
    fn context()(
        cluster in text(), user in text(), namespace in option::of(text()), other in fields(),
    ) -> Context {
        Context { cluster, user, namespace, other }
    }
}

prop_compose! {
    fn kubeconfig()(
        preferences in fields(),
        clusters in collection::vec((cluster(), fields()), 0..3),
        users in collection::vec((user(), fields()), 0..3),
        contexts in collection::vec((context(), fields()), 0..3),
        name in text(),
        other in fields(),
    ) -> Kubeconfig {
        // Names must differ within a list; the index sees to it.
        let numbered = |index: usize| format!("{name}{index}");
        Kubeconfig {
            preferences,
            clusters: clusters.into_iter().enumerate().map(|(index, (cluster, other))| {
                NamedCluster { name: numbered(index), cluster, other }
            }).collect(),
            users: users.into_iter().enumerate().map(|(index, (user, other))| {
                NamedUser { name: numbered(index), user, other }
            }).collect(),
            contexts: contexts.into_iter().enumerate().map(|(index, (context, other))| {
                NamedContext { name: numbered(index), context, other }
            }).collect(),
            current_context: name,
            other,
            ..Kubeconfig::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn survives_writing_and_reading(config in kubeconfig()) {
        let yaml = config.to_yaml();
        let read = Kubeconfig::parse(yaml.as_bytes());
        prop_assert!(read.as_ref() == Ok(&config), "{:?}\n{}", read, *yaml);
        prop_assert!(yaml.ends_with('\n'));
        prop_assert_eq!(&*read?.to_yaml(), &*yaml);
    }

    #[test]
    fn never_panics(text in "[ \n\"'#:,?&*!|>{}\\[\\]a-z<~-]{0,60}") {
        if let Ok(config) = Kubeconfig::parse(&text) {
            prop_assert_eq!(Kubeconfig::parse(config.to_yaml().as_bytes()), Ok(config));
        }
    }
}
