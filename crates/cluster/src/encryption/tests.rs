//! What is read, what is refused, and the order of the steps.

use super::*;

const PROVIDER: EncryptionProvider = EncryptionProvider::Secretbox;

fn names(config: &EncryptionConfig) -> Vec<String> {
    config.keys().map(ToString::to_string).collect()
}

fn read(config: &EncryptionConfig) -> EncryptionConfig {
    EncryptionConfig::parse(config.to_yaml().as_bytes()).unwrap()
}

#[test]
fn what_is_made_is_read_again_and_never_shown() {
    for provider in EncryptionProvider::ALL {
        let config = EncryptionConfig::generate(provider).unwrap();
        assert!(read(&config) == config);
        let secret = STANDARD.encode(config.keys[0].secret.as_slice());
        assert!(config.to_yaml().contains(&secret));
        assert!(!format!("{config:?}").contains(&secret));
        assert!(
            !format!("{config:?}").contains(&format!("{:?}", config.keys[0].secret[0..4].to_vec()))
        );
        let other = EncryptionConfig::generate(provider).unwrap();
        assert!(other.keys[0].secret != config.keys[0].secret);
    }
}

#[test]
fn a_rotation_has_three_steps_and_one_order() {
    use RotationStep::{Add, Drop, Promote};
    let mut config = EncryptionConfig::generate(PROVIDER).unwrap();
    let first = config.keys[0].secret.clone();
    let order = [
        (Add, Phase::Added, vec!["key1 (secretbox)", "key2 (secretbox)"]),
        (Promote, Phase::Promoted, vec!["key2 (secretbox)", "key1 (secretbox)"]),
        (Drop, Phase::Stable, vec!["key2 (secretbox)"]),
        (Add, Phase::Added, vec!["key2 (secretbox)", "key3 (secretbox)"]),
    ];
    for (step, phase, wanted) in order {
        for wrong in [Add, Promote, Drop].into_iter().filter(|other| *other != step) {
            let error = read(&config).after(wrong, PROVIDER).unwrap_err();
            assert!(matches!(error, RotationError::OutOfOrder { .. }), "{wrong:?} {error}");
        }
        config = read(&config.after(step, PROVIDER).unwrap());
        assert_eq!(config.phase().unwrap(), phase);
        assert_eq!(names(&config), wanted);
    }
    assert!(config.keys.iter().all(|key| key.secret != first));
}

#[test]
fn another_provider_is_a_rotation_too() {
    let config = EncryptionConfig::generate(EncryptionProvider::Aescbc).unwrap();
    let config = config.after(RotationStep::Add, PROVIDER).unwrap();
    let config = read(&config).after(RotationStep::Promote, PROVIDER).unwrap();
    assert_eq!(names(&read(&config)), ["key2 (secretbox)", "key1 (aescbc)"]);
    assert!(config.to_yaml().ends_with("      - identity: {}\n"));
}

#[test]
fn names_of_others_say_what_is_newest_or_nothing() {
    let config = |names: &[&str]| {
        let mut config = EncryptionConfig::generate(PROVIDER).unwrap();
        let key = |name: &&str| EncryptionKey::generate(PROVIDER, (*name).to_owned()).unwrap();
        config.keys = names.iter().map(key).collect();
        config
    };
    assert_eq!(config(&["old", "2026-11-21"]).phase(), Ok(Phase::Added));
    assert_eq!(config(&["k9", "k10"]).phase(), Ok(Phase::Added));
    assert_eq!(config(&["a", "b"]).phase(), Err(RotationError::Ambiguous));
    assert_eq!(config(&["a1", "b1"]).phase(), Err(RotationError::Ambiguous));
    let endless = config(&["key99999999999999999999"]);
    assert_eq!(endless.after(RotationStep::Add, PROVIDER).err(), Some(RotationError::Ambiguous));
    let named = config(&["old"]).after(RotationStep::Add, PROVIDER).unwrap();
    assert_eq!(names(&named), ["old (secretbox)", "key1 (secretbox)"]);
}

#[test]
fn what_kubepki_does_not_make_is_refused_without_a_word_of_it() {
    let good = EncryptionConfig::generate(PROVIDER).unwrap().to_yaml();
    let secret = good.split("secret: \"").nth(1).unwrap().split('"').next().unwrap();
    let short = STANDARD.encode([7; 31]);
    let again = format!("            - name: \"key1\"\n              secret: \"{secret}\"\n");
    let identity = "      - identity: {}\n";
    let providers = "    providers:\n";
    for (what, with, wanted) in [
        ("apiserver.config.k8s.io/v1", "v1", "no EncryptionConfiguration"),
        ("EncryptionConfiguration\n", "Secret\n", "no EncryptionConfiguration"),
        (secret, "!", "`key1` is no base64"),
        (secret, &short, "`key1` has 31 octets"),
        ("\"key1\"", "\"a:b\"", "name of key 1"),
        ("\"key1\"", "\"\"", "name of key 1"),
        ("secretbox:", "kms:", "does not make"),
        ("- secrets", "- '*.*'", "does not make"),
        ("secret: ", "secret: [", "no EncryptionConfiguration"),
        ("name: ", "nom: ", "no EncryptionConfiguration"),
        (identity, &again, "two keys have the name `key1`"),
        (providers, &format!("{providers}{identity}"), "`identity` is not the last"),
        (identity, "  - resources: [a]\n    providers: []\n", "more than one list"),
        ("resources:\n", "resources: &a\n", ""),
    ] {
        let text = good.replacen(what, with, 1);
        assert_ne!(text, *good, "{what}");
        match EncryptionConfig::parse(text.as_bytes()) {
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains(wanted) && !wanted.is_empty(), "{what}: {message}");
                assert!(!message.contains(&secret[..8]), "{message}");
            }
            Ok(_) => assert!(wanted.is_empty(), "{what}"),
        }
    }
    for bad in [&b""[..], b"\xff", b"[", b"{}", &[b'['; 4096], &vec![b' '; (1 << 20) + 1]] {
        assert!(EncryptionConfig::parse(bad).is_err());
    }
    let none = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n\
                - {resources: [secrets], providers: [{identity: {}}]}\n";
    assert_eq!(EncryptionConfig::parse(none.as_bytes()).err(), Some(EncryptionError::NoKey));
}
