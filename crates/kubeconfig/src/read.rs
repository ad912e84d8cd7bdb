//! YAML to a kubeconfig, for files nobody vouches for: bounded in size, depth and repetition. No
//! message holds a value, because any value may be a secret in the wrong place.

use std::{collections::BTreeSet, fmt, marker::PhantomData};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    AuthInfo, Cluster, Context, Error, Fields, Kubeconfig, NamedCluster, NamedContext, NamedUser,
    depth::is_too_deep,
    input::Input,
    scalar::{Flag, Or, Scalar, Unnamed, data, text},
};

/// The most bytes [`Kubeconfig::parse`] reads: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

impl Kubeconfig {
    /// Reads a kubeconfig as kubectl does, where that is safe.
    ///
    /// An empty file, `null` lists and a missing `apiVersion` or `kind` are accepted. Stricter than
    /// kubectl: a key given twice, a merge key (`<<`), a second document and text that is not UTF-8
    /// are refused. More lenient: a number where a string belongs is taken as it is written.
    ///
    /// # Errors
    ///
    /// `TooLarge` above [`MAX_BYTES`], `TooDeep`, `NotUtf8`, `Invalid` with the place and the field where they
    /// are known, `WrongKind`, and `DuplicateName`.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let config = Self::parse_with_duplicates(text)?;
        unique("clusters", config.clusters.iter().map(|entry| &entry.name))?;
        unique("users", config.users.iter().map(|entry| &entry.name))?;
        unique("contexts", config.contexts.iter().map(|entry| &entry.name))?;
        Ok(config)
    }

    /// Reads a kubeconfig as [`Kubeconfig::parse`] does, but lets entries of one list have the same
    /// name, so that [`Kubeconfig::check`] can name every one of them.
    ///
    /// # Errors
    ///
    /// Those of [`Kubeconfig::parse`] without `DuplicateName`.
    pub fn parse_with_duplicates(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = text.as_ref();
        if bytes.len() > MAX_BYTES {
            return Err(Error::TooLarge { limit: MAX_BYTES, actual: bytes.len() });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Error::NotUtf8 { valid_up_to: error.valid_up_to() })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let config = Self::parse_yaml(text)?;
        if config.api_version != "v1" || config.kind != "Config" {
            return Err(Error::WrongKind { api_version: config.api_version, kind: config.kind });
        }
        Ok(config)
    }

    /// Reads any YAML, `apiVersion` and `kind` as they are.
    pub(crate) fn parse_yaml(text: &str) -> Result<Self, Error> {
        if is_too_deep(text) {
            return Err(Error::TooDeep);
        }
        Record::new(&Input::new(text))
            .deserialize(serde_yaml::Deserializer::from_str(text))
            .map_err(|error| Error::from_yaml(&error))
    }
}

fn unique<'a>(list: &'static str, names: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::DuplicateName { list, name: name.clone() });
        }
    }
    Ok(())
}

/// A type that takes its fields one by one.
pub(crate) trait Fill: Default {
    /// Takes the value of `key` out of `map` if the field is one of its own.
    fn fill<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        input: &'de Input<'de>,
        map: &mut A,
    ) -> Result<bool, A::Error>;

    /// Returns where the fields without a name go.
    fn other(&mut self) -> &mut Fields;
}

macro_rules! fill {
    ($type:ty { $($key:literal => $field:ident: $seed:expr,)* }) => {
        impl Fill for $type {
            fn fill<'de, A: MapAccess<'de>>(
                &mut self,
                key: &str,
                input: &'de Input<'de>,
                map: &mut A,
            ) -> Result<bool, A::Error> {
                match key {
                    $($key => self.$field = map.next_value_seed($seed(input))?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn other(&mut self) -> &mut Fields {
                &mut self.other
            }
        }
    };
}

fill!(Kubeconfig {
    "apiVersion" => api_version: |input| Or("v1", input),
    "kind" => kind: |input| Or("Config", input),
    "preferences" => preferences: Record::new,
    "clusters" => clusters: Records::new,
    "users" => users: Records::new,
    "contexts" => contexts: Records::new,
    "current-context" => current_context: |input| Or("", input),
});
fill!(NamedCluster {
    "name" => name: |input| Or("", input),
    "cluster" => cluster: Record::new,
});
fill!(Cluster {
    "server" => server: |input| Or("", input),
    "certificate-authority" => certificate_authority: |input| Scalar(text, input),
    "certificate-authority-data" => certificate_authority_data: |input| Scalar(data, input),
    "insecure-skip-tls-verify" => insecure_skip_tls_verify: Flag,
    "tls-server-name" => tls_server_name: |input| Scalar(text, input),
    "proxy-url" => proxy_url: |input| Scalar(text, input),
});
fill!(NamedUser {
    "name" => name: |input| Or("", input),
    "user" => user: Record::new,
});
fill!(AuthInfo {
    "client-certificate" => client_certificate: |input| Scalar(text, input),
    "client-certificate-data" => client_certificate_data: |input| Scalar(data, input),
    "client-key" => client_key: |input| Scalar(text, input),
    "client-key-data" => client_key_data: |input| Scalar(data, input),
    "token" => token: |input| Scalar(text, input),
    "tokenFile" => token_file: |input| Scalar(text, input),
    "username" => username: |input| Scalar(text, input),
    "password" => password: |input| Scalar(text, input),
});
fill!(NamedContext {
    "name" => name: |input| Or("", input),
    "context" => context: Record::new,
});
fill!(Context {
    "cluster" => cluster: |input| Or("", input),
    "user" => user: |input| Or("", input),
    "namespace" => namespace: |input| Scalar(text, input),
});

impl Fill for Fields {
    fn fill<'de, A: MapAccess<'de>>(
        &mut self,
        _: &str,
        _: &'de Input<'de>,
        _: &mut A,
    ) -> Result<bool, A::Error> {
        Ok(false)
    }

    fn other(&mut self) -> &mut Fields {
        self
    }
}

/// Refuses scalars; serde's own refusal would quote them.
macro_rules! refuse_scalars {
    () => {
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("a boolean, where {} belongs", Expecting(&self))))
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("a number, where {} belongs", Expecting(&self))))
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }

        fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }

        fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            self.visit_i64(0)
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(E::custom(format_args!("a string, where {} belongs", Expecting(&self))))
        }
    };
}

struct Expecting<'a, V>(&'a V);

impl<'de, V: Visitor<'de>> fmt::Display for Expecting<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

/// A mapping; null is an empty one.
pub(crate) struct Record<'de, T> {
    input: &'de Input<'de>,
    filled: PhantomData<T>,
}

impl<'de, T> Record<'de, T> {
    pub(crate) fn new(input: &'de Input<'de>) -> Self {
        Self { input, filled: PhantomData }
    }
}

impl<'de, T: Fill> DeserializeSeed<'de> for Record<'de, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fill> Visitor<'de> for Record<'de, T> {
    type Value = T;

    refuse_scalars!();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_none<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut filled = T::default();
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key_seed(Key { seen: &mut seen, input: self.input })? {
            if !filled.fill(&key, self.input, &mut map)? {
                let value = map.next_value_seed(Unnamed(self.input))?;
                filled.other().insert(key, value);
            }
        }
        Ok(filled)
    }
}

/// A list of mappings; null is an empty one.
struct Records<'de, T> {
    input: &'de Input<'de>,
    filled: PhantomData<T>,
}

impl<'de, T> Records<'de, T> {
    fn new(input: &'de Input<'de>) -> Self {
        Self { input, filled: PhantomData }
    }
}

impl<'de, T: Fill> DeserializeSeed<'de> for Records<'de, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fill> Visitor<'de> for Records<'de, T> {
    type Value = Vec<T>;

    refuse_scalars!();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Record::new(self.input))? {
            self.input.spend(0)?;
            list.push(item);
        }
        Ok(list)
    }
}

/// A key that its mapping does not have yet.
struct Key<'a, 'de> {
    seen: &'a mut BTreeSet<String>,
    input: &'de Input<'de>,
}

impl<'de> DeserializeSeed<'de> for Key<'_, 'de> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is a string")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        self.input.spend(key.len())?;
        if key == "<<" {
            return Err(E::custom("a merge key, which is not supported"));
        }
        if !self.seen.insert(key.to_owned()) {
            return Err(E::custom(format_args!("the key {key} is given twice")));
        }
        Ok(key.to_owned())
    }
}
