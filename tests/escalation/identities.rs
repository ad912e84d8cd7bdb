//! Attempts at another identity: `system:masters` and its like in every disguise.

use crate::{
    bytes::*,
    requests::{Case, case, request},
};

pub(crate) fn cases() -> Vec<Case> {
    [string_types(), disguises(), structures(), kept_names(), nodes()].concat()
}

fn user(name: &str, expect: &str, what: &str, subject: Vec<u8>) -> Case {
    case("user", name, expect, what, request(&subject, &[]))
}

fn string_types() -> Vec<Case> {
    let types = [
        ("utf8", UTF8, "system-masters"),
        ("printable", PRINTABLE, "system-masters"),
        ("bmp", BMP, "string-type"),
        ("ia5", IA5, "string-type"),
        ("numeric", NUMERIC, "string-type"),
        ("octets", 4, "string-type"),
        ("teletex", TELETEX, "string-type"),
        ("universal", UNIVERSAL, "string-type"),
        ("visible", VISIBLE, "string-type"),
        ("videotex", 21, "string-type"),
        ("general", 27, "string-type"),
        ("graphic", 25, "string-type"),
    ];
    let group = |(kind, tag, rule): (&str, u8, &str)| {
        let subject = name(&[(O, string(tag, "system:masters")), (CN, string(UTF8, "joe"))]);
        let what = format!("O=system:masters as a {kind} string");
        user(&format!("masters-{kind}"), &format!("refuse {rule}"), &what, subject)
    };
    let common_name = |(kind, tag, rule): (&str, u8, &str)| {
        let subject = name(&[(CN, string(tag, "system:masters"))]);
        let rule = if rule == "system-masters" { "system-identity" } else { rule };
        let what = format!("CN=system:masters as a {kind} string");
        user(&format!("masters-cn-{kind}"), &format!("refuse {rule}"), &what, subject)
    };
    let raw = |name_: &str, tag, octets: &[u8], rule: &str, what: &str| {
        let subject = name(&[(O, tlv(tag, &[octets])), (CN, string(UTF8, "joe"))]);
        user(name_, &format!("refuse {rule}"), what, subject)
    };
    let utf16: Vec<u8> = "system:masters".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut all: Vec<_> = types.into_iter().map(group).collect();
    all.extend(
        types
            .into_iter()
            .filter(|t| [UTF8, PRINTABLE, BMP, TELETEX].contains(&t.1))
            .map(common_name),
    );
    all.extend([
        raw("utf16-in-utf8", UTF8, &utf16, "text", "UTF-16 octets under the tag of UTF-8"),
        raw("utf16-in-printable", PRINTABLE, &utf16, "text", "UTF-16 octets as PrintableString"),
        raw("overlong-utf8", UTF8, b"\xc1\xb3ystem:masters", "string-type", "an overlong UTF-8 s"),
        raw("latin1-in-utf8", UTF8, b"system:m\xe4sters", "string-type", "Latin-1 as UTF-8"),
        raw(
            "utf8-in-printable",
            PRINTABLE,
            "ѕystem:masters".as_bytes(),
            "string-type",
            "Cyrillic UTF-8 octets under the tag of PrintableString",
        ),
        raw("surrogates", UTF8, b"\xed\xa0\x81system:masters", "string-type", "a lone surrogate"),
        raw("truncated-bmp", BMP, b"\0s\0y\0", "string-type", "half a character of BMPString"),
    ]);
    all
}

fn disguises() -> Vec<Case> {
    let mut all = Vec::new();
    for (name, group, rule, what) in [
        ("space-after", "system:masters ", "text", "a trailing space"),
        ("space-before", " system:masters", "text", "a leading space"),
        ("tab-after", "system:masters\t", "text", "a trailing tab"),
        ("newline-after", "system:masters\n", "text", "a trailing newline"),
        ("return-after", "system:masters\r", "text", "a trailing carriage return"),
        ("nul-after", "system:masters\0", "text", "a trailing NUL"),
        ("nul-inside", "dev\0system:masters", "text", "a NUL before it"),
        ("nul-and-more", "system:masters\0dev", "text", "a NUL behind it, for C strings"),
        ("escape", "dev\u{1b}[2Ksystem:masters", "text", "a terminal escape"),
        ("backspace", "dev\u{8}\u{8}\u{8}system:masters", "text", "backspaces"),
        ("nbsp", "system:masters\u{a0}", "text", "a no-break space"),
        ("ideographic-space", "system:\u{3000}masters", "text", "an ideographic space"),
        ("line-separator", "dev\u{2028}system:masters", "text", "a line separator"),
        ("next-line", "dev\u{85}system:masters", "text", "a next line control"),
        ("zero-width-space", "system:\u{200b}masters", "text", "a zero width space"),
        ("zero-width-joiner", "system\u{200d}:masters", "text", "a zero width joiner"),
        ("word-joiner", "system:masters\u{2060}", "text", "a word joiner"),
        ("byte-order-mark", "\u{feff}system:masters", "text", "a byte order mark"),
        ("soft-hyphen", "sys\u{ad}tem:masters", "text", "a soft hyphen"),
        ("right-to-left", "\u{202e}sretsam:metsys", "text", "written backwards behind an override"),
        ("tag-characters", "system:masters\u{e0041}", "text", "tag characters"),
        ("variation-selector", "system:masters\u{fe0f}", "text", "a variation selector"),
        ("hangul-filler", "system:masters\u{3164}", "text", "a filler that shows nothing"),
        ("capital", "System:masters", "look-alike", "a capital letter"),
        ("capitals", "SYSTEM:MASTERS", "look-alike", "capitals"),
        ("mixed-case", "system:Masters", "look-alike", "a capital letter behind the colon"),
        ("cyrillic-s", "ѕystem:masters", "look-alike", "a Cyrillic s"),
        ("cyrillic-y", "sуstem:masters", "look-alike", "a Cyrillic y"),
        ("cyrillic-a", "system:mаsters", "look-alike", "a Cyrillic a behind the colon"),
        ("cyrillic-e", "systеm:masters", "look-alike", "a Cyrillic e"),
        ("cyrillic-all", "ѕуѕтем:маѕтегѕ", "look-alike", "Cyrillic letters alone"),
        ("greek-alpha", "system:mαsters", "look-alike", "a Greek alpha"),
        ("greek-tau", "sysτem:masters", "look-alike", "a Greek tau"),
        ("fullwidth", "ｓｙｓｔｅｍ：ｍａｓｔｅｒｓ", "look-alike", "full-width letters"),
        ("fullwidth-colon", "system：masters", "look-alike", "a full-width colon"),
        ("ratio", "system∶masters", "look-alike", "a ratio sign for the colon"),
        ("modifier-colon", "system꞉masters", "look-alike", "a modifier letter colon"),
        ("armenian-colon", "system։masters", "look-alike", "an Armenian full stop"),
        ("bold", "𝐬𝐲𝐬𝐭𝐞𝐦:𝐦𝐚𝐬𝐭𝐞𝐫𝐬", "look-alike", "mathematical bold letters"),
        ("monospace", "𝚜𝚢𝚜𝚝𝚎𝚖:masters", "look-alike", "mathematical monospace letters"),
        ("circled", "ⓢⓨⓢⓣⓔⓜ:masters", "look-alike", "circled letters"),
        ("small-capitals", "ꜱʏꜱᴛᴇᴍ:ᴍᴀꜱᴛᴇʀꜱ", "look-alike", "small capitals"),
        ("long-s", "ſystem:masters", "look-alike", "a long s, which folds to s"),
        ("accents", "sýstém:másters", "look-alike", "accents"),
        ("combining", "system:mas\u{323}ters", "look-alike", "a combining dot"),
        ("dotless", "kubepkı:cluster-admins", "look-alike", "a dotless i in our own group"),
        ("r-n", "system:rnasters", "look-alike", "rn for m"),
        ("r-n-before", "systern:masters", "look-alike", "rn for m before the colon"),
        ("digits", "5y5tem:m4ster5", "look-alike", "digits for letters"),
        ("semicolon", "system;masters", "look-alike", "a semicolon"),
        ("inner-space", "system :masters", "look-alike", "a space inside"),
        ("comma", "dev,system:masters", "look-alike", "two groups in one O, for naive splitting"),
        ("slash", "dev/O=system:masters", "look-alike", "openssl's one-line form inside a value"),
        ("rfc4514", "dev,O=system:masters", "look-alike", "RFC 4514's form inside a value"),
        ("plus", "dev+O=system:masters", "look-alike", "a multi-valued form inside a value"),
        ("quotes", "\"system:masters\"", "look-alike", "quotes around it"),
        ("prefix", "x-system:masters", "look-alike", "something before it"),
        ("nodes-zero", "system:n0des", "look-alike", "the group of nodes with a zero"),
        ("underscore", "kubepki:cluster_admins", "look-alike", "our group with an underscore"),
    ] {
        let what = format!("O=system:masters or its like in disguise: {what}");
        let expect = format!("refuse {rule}");
        all.push(user(&format!("disguise-{name}"), &expect, &what, subject("joe", &[group])));
    }
    for (name, cn, rule, what) in [
        ("slash", "joe/O=system:masters", "look-alike", "openssl's one-line form in the CN"),
        ("nul", "system:masters\0.joe", "text", "a NUL in the CN"),
        ("space", "admin ", "text", "a trailing space in the CN"),
        ("newline", "joe\nadmin", "text", "a newline in the CN"),
        ("path", "../../authorities/ca", "common-name", "a path as CN"),
        ("dots", "..", "common-name", "a parent folder as CN"),
        ("absolute", "/etc/passwd", "common-name", "an absolute path as CN"),
        ("option", "-rf", "common-name", "an option as CN"),
        ("shell", "$(id)", "common-name", "a shell substitution as CN"),
        ("cyrillic", "аdmin", "common-name", "a Cyrillic a in admin"),
        ("long", &"x".repeat(65), "text", "a CN of 65 characters"),
        ("longer", &"x".repeat(300), "text", "a CN of 300 characters"),
        ("empty", "", "text", "an empty CN"),
    ] {
        let expect = format!("refuse {rule}");
        all.push(user(&format!("cn-{name}"), &expect, what, subject(cn, &["dev"])));
    }
    for (name, group, what) in [
        ("percent", "system%3Amasters", "percent-encoded, which nobody decodes"),
        ("backslash", "system\\:masters", "with a backslash, which nobody takes away"),
    ] {
        let what = format!("system:masters {what}");
        let name = format!("literal-{name}");
        all.push(user(&name, "sign WITHOUT", &what, subject("joe", &[group])));
    }
    all
}

fn structures() -> Vec<Case> {
    let utf8 = |text| string(UTF8, text);
    let rdns = |rdns: &[Vec<u8>]| sequence(&[&rdns.concat()]);
    let masters = || (O, utf8("system:masters"));
    let joe = || (CN, utf8("joe"));
    // The object identifier of O with zeros before its last arc.
    let padded = sequence(&[&[6, 4, 0x55, 4, 0x80, 0x0a], &utf8("system:masters")]);
    let mut all = vec![
        user(
            "multi-cn-o",
            "refuse multi-valued-rdn",
            "CN and O=system:masters in one RDN",
            rdns(&[rdn(&[joe(), masters()])]),
        ),
        user(
            "multi-o-o",
            "refuse multi-valued-rdn",
            "O=dev and O=system:masters in one RDN",
            rdns(&[rdn(&[(O, utf8("dev")), masters()]), rdn(&[joe()])]),
        ),
        user(
            "multi-ou-o",
            "refuse multi-valued-rdn",
            "OU and O=system:masters in one RDN",
            rdns(&[rdn(&[("2.5.4.11", utf8("x")), masters()]), rdn(&[joe()])]),
        ),
        user(
            "multi-harmless",
            "refuse multi-valued-rdn",
            "CN and O=dev in one RDN",
            rdns(&[rdn(&[joe(), (O, utf8("dev"))])]),
        ),
        user(
            "rdn-empty",
            "refuse malformed",
            "an RDN without an attribute",
            rdns(&[tlv(0x31, &[]), rdn(&[joe()])]),
        ),
        user(
            "rdn-sequence",
            "refuse malformed",
            "an RDN that is a SEQUENCE",
            rdns(&[tlv(0x30, &[&sequence(&[&oid(O), &utf8("system:masters")])]), rdn(&[joe()])]),
        ),
        user(
            "oid-padded",
            "refuse malformed",
            "O under another encoding of its identifier",
            rdns(&[tlv(0x31, &[&padded]), rdn(&[joe()])]),
        ),
        user(
            "attribute-of-three",
            "refuse malformed",
            "an attribute with a second value",
            rdns(&[
                tlv(0x31, &[&sequence(&[&oid(O), &utf8("dev"), &utf8("system:masters")])]),
                rdn(&[joe()]),
            ]),
        ),
        user(
            "cn-twice",
            "refuse common-name",
            "CN=joe and CN=admin: Go takes the last, others the first",
            name(&[joe(), (CN, utf8("admin"))]),
        ),
        user(
            "cn-twice-masters",
            "refuse common-name",
            "two CNs, the last system:masters",
            name(&[joe(), (CN, utf8("system:masters"))]),
        ),
        user("cn-none", "refuse common-name", "no CN", name(&[(O, utf8("dev"))])),
        user("subject-empty", "refuse common-name", "an empty subject", sequence(&[])),
        user("group-twice", "refuse group", "one group twice", subject("joe", &["dev", "dev"])),
        user(
            "group-hidden",
            "refuse system-masters",
            "system:masters among many groups",
            subject("joe", &["a", "b", "c", "d", "e", "system:masters", "f", "g"]),
        ),
        user(
            "group-after-cn",
            "refuse system-masters",
            "O=system:masters behind the CN",
            name(&[joe(), masters()]),
        ),
        user("group-empty", "refuse text", "an empty group", subject("joe", &[""])),
        user(
            "group-long",
            "refuse text",
            "a group of 65 characters",
            subject("joe", &[&"g".repeat(65)]),
        ),
        user("group-comma", "refuse group", "a comma in a group", subject("joe", &["dev,ops"])),
        user(
            "uid-twice",
            "refuse uid",
            "two UIDs",
            name(&[joe(), (UID, utf8("0")), (UID, utf8("1"))]),
        ),
        user(
            "uid-of-jane",
            "refuse uid",
            "a UID for a user of the spec who has none",
            name(&[(CN, utf8("jane")), (UID, utf8("0"))]),
        ),
        user(
            "uid-bmp",
            "refuse string-type",
            "a UID as BMPString",
            name(&[joe(), (UID, string(BMP, "0"))]),
        ),
        user(
            "uid-masters",
            "refuse system-masters",
            "O=system:masters beside a UID",
            name(&[masters(), joe(), (UID, utf8("0"))]),
        ),
    ];
    for (kind, short) in [
        ("2.5.4.11", "OU"),
        ("2.5.4.12", "2.5.4.12"),
        ("2.5.4.97", "2.5.4.97"),
        ("2.5.4.4", "SN"),
        ("0.9.2342.19200300.100.1.1", "userId"),
        ("0.9.2342.19200300.100.1.25", "DC"),
        ("1.2.840.113549.1.9.1", "emailAddress"),
        ("1.2.840.113549.1.9.2", "1.2.840.113549.1.9.2"),
    ] {
        let subject = name(&[(kind, utf8("system:masters")), joe()]);
        let expect = format!("sign WITHOUT {short}=system:masters");
        let what = format!("system:masters in an attribute that is no group, {kind}");
        all.push(user(&format!("attribute-{kind}"), &expect, &what, subject));
    }
    all
}

fn kept_names() -> Vec<Case> {
    let mut all = Vec::new();
    for (name, cn, groups, rule, what) in [
        (
            "kubelet-client",
            "kube-apiserver-kubelet-client",
            &[][..],
            "system-identity",
            "the user whom rbac.yaml lets into every kubelet",
        ),
        (
            "kubelet-client-case",
            "Kube-Apiserver-Kubelet-Client",
            &[],
            "look-alike",
            "the same with capitals",
        ),
        ("kubernetes", "kubernetes", &[], "system-identity", "the same as the tutorial calls it"),
        ("apiserver", "kube-apiserver", &[], "system-identity", "the apiserver"),
        ("etcd-client", "kube-apiserver-etcd-client", &[], "system-identity", "the client of etcd"),
        (
            "front-proxy",
            "front-proxy-client",
            &[],
            "system-identity",
            "who may name any user in headers",
        ),
        ("kubernetes-admin", "kubernetes-admin", &[], "system-identity", "kubeadm's administrator"),
        ("super-admin", "super-admin", &[], "common-name", "the break-glass credential"),
        (
            "controller-manager",
            "system:kube-controller-manager",
            &[],
            "system-identity",
            "a component",
        ),
        ("scheduler", "system:kube-scheduler", &[], "system-identity", "a component"),
        ("system-admin", "system:admin", &[], "system-identity", "an old administrator"),
        ("apiserver-itself", "system:apiserver", &[], "system-identity", "the loopback client"),
        (
            "service-account",
            "system:serviceaccount:kube-system:default",
            &[],
            "system-identity",
            "a ServiceAccount",
        ),
        ("anonymous", "system:anonymous", &[], "system-identity", "nobody"),
        (
            "service-accounts",
            "joe",
            &["system:serviceaccounts:kube-system"],
            "system-identity",
            "the group of ServiceAccounts",
        ),
        ("authenticated", "joe", &["system:authenticated"], "system-identity", "everybody's group"),
        (
            "bootstrappers",
            "joe",
            &["system:bootstrappers"],
            "system-identity",
            "who may join nodes",
        ),
        ("monitoring", "joe", &["system:monitoring"], "system-identity", "a group with rights"),
        (
            "kubeadm-admins",
            "joe",
            &["kubeadm:cluster-admins"],
            "cluster-admins",
            "kubeadm's administrators, bound in every cluster that it made",
        ),
        (
            "cluster-admins",
            "joe",
            &["kubepki:cluster-admins"],
            "cluster-admins",
            "our administrators",
        ),
        (
            "cluster-admins-of-admin",
            "admin",
            &["kubepki:cluster-admins"],
            "cluster-admins",
            "our administrators, asked for by the spec's admin",
        ),
        ("kubepki-other", "joe", &["kubepki:other"], "group", "another group of ours"),
        (
            "jane-more",
            "jane",
            &["dev", "oncall", "admins"],
            "group-beyond-spec",
            "a user of the spec with a group that the spec does not give",
        ),
        ("colon-unicode", "joe", &["équipe:masters"], "look-alike", "a colon beside other letters"),
    ] {
        let expect = format!("refuse {rule}");
        all.push(user(&format!("kept-{name}"), &expect, what, subject(cn, groups)));
    }
    for profile in ["server", "client"] {
        for (name, cn, groups, rule) in [
            ("masters", "server", &["system:masters"][..], "system-masters"),
            ("masters-cn", "system:masters", &[], "system-masters"),
            ("kubelet-client", "kube-apiserver-kubelet-client", &[], "system-identity"),
            ("kubernetes", "kubernetes", &[], "system-identity"),
            ("node", "system:node:node-0", &["system:nodes"], "system-identity"),
            ("nodes", "node-0", &["system:nodes"], "system-identity"),
            ("disguise", "server", &["ѕystem:masters"], "look-alike"),
            ("stranger", "evil.example.com", &[], "common-name"),
            ("user", "admin", &[], "common-name"),
            ("wildcard", "*.kubernetes.local", &[], "wildcard"),
        ] {
            let text = request(&subject(cn, groups), &[asking(&[san(&[dns("server")])])]);
            let what = format!("CN={cn} and groups {groups:?} as a {profile}");
            let name = format!("{profile}-{name}");
            all.push(case(profile, &name, &format!("refuse {rule}"), &what, text));
        }
    }
    all
}

fn nodes() -> Vec<Case> {
    let mut all = Vec::new();
    let node = "system:node:node-0";
    for (name, cn, groups, rule, what) in [
        ("without-group", node, &[][..], "node-group", "no group"),
        ("other-group", node, &["dev"], "node-group", "another group"),
        ("more-groups", node, &["system:nodes", "dev"], "node-group", "a group more"),
        (
            "masters-too",
            node,
            &["system:nodes", "system:masters"],
            "node-group",
            "system:masters too",
        ),
        (
            "masters-first",
            node,
            &["system:masters", "system:nodes"],
            "node-group",
            "system:masters first",
        ),
        ("group-twice", node, &["system:nodes", "system:nodes"], "node-group", "its group twice"),
        ("group-case", node, &["system:Nodes"], "look-alike", "its group with a capital"),
        ("group-space", node, &["system:nodes "], "text", "its group with a space"),
        (
            "stranger",
            "system:node:evil",
            &["system:nodes"],
            "node-name",
            "a host that the spec has not",
        ),
        ("nobody", "system:node:", &["system:nodes"], "node-name", "no host at all"),
        ("case", "system:node:NODE-0", &["system:nodes"], "node-name", "a host in capitals"),
        (
            "fqdn",
            "system:node:node-0.kubernetes.local",
            &["system:nodes"],
            "node-name",
            "a host's other name",
        ),
        ("address", "system:node:10.240.0.20", &["system:nodes"], "node-name", "a host's address"),
        ("dot", "system:node:node-0.", &["system:nodes"], "node-name", "a dot behind it"),
        ("space", "system:node:node-0 ", &["system:nodes"], "text", "a space behind it"),
        ("nul", "system:node:node-0\0", &["system:nodes"], "text", "a NUL behind it"),
        ("path", "system:node:node-0/../server", &["system:nodes"], "node-name", "a path"),
        (
            "twice",
            "system:node:system:node:node-0",
            &["system:nodes"],
            "look-alike",
            "the prefix twice",
        ),
        ("plain", "node-0", &["system:nodes"], "node-name", "without the prefix"),
        ("user", "jane", &["system:nodes"], "node-name", "a user in the group"),
        (
            "prefix-case",
            "System:Node:node-0",
            &["system:nodes"],
            "look-alike",
            "a prefix in capitals",
        ),
        ("prefix-cyrillic", "system:nоde:node-0", &["system:nodes"], "look-alike", "a Cyrillic o"),
        ("masters", "system:masters", &["system:nodes"], "node-name", "CN=system:masters"),
    ] {
        let text = request(&subject(cn, groups), &[]);
        let what = format!("a node with {what}");
        all.push(case(
            "node-client",
            &format!("node-{name}"),
            &format!("refuse {rule}"),
            &what,
            text,
        ));
    }
    let uid = name(&[
        (O, string(UTF8, "system:nodes")),
        (CN, string(UTF8, node)),
        (UID, string(UTF8, "0")),
    ]);
    all.push(case(
        "node-client",
        "node-uid",
        "refuse uid",
        "a node with a UID",
        request(&uid, &[]),
    ));
    all.push(user(
        "user-node",
        "refuse node-name",
        "a node's identity as a user",
        subject(node, &["system:nodes"]),
    ));
    all.push(user(
        "user-node-alone",
        "refuse node-name",
        "CN=system:node:node-0 as a user",
        subject(node, &["dev"]),
    ));
    all.push(user(
        "user-nodes",
        "refuse node-group",
        "the group of nodes as a user",
        subject("joe", &["system:nodes"]),
    ));
    all
}
