//! `kubepki history`: what it lists, what it removes, and what it leaves.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, lchown, symlink},
        process::CommandExt,
    },
    process::Command,
};

use kubepki_testkit::programs::{self, Output};
use rustix::process::geteuid;
use serde_json::Value;

use crate::{clock::kubepki_at, environment::Environment};

const FIRST: &str = "20260101T000000Z";
const SECOND: &str = "20260201T000000Z";
const THIRD: &str = "20260301T000000Z";
const LATER: &str = "2026-05-15 00:00:00";

/// Three transactions: an apply in January, a renewal in February and one in March.
fn renewed() -> Environment {
    let environment = Environment::of_example("hard-way");
    kubepki_at("2026-01-01 00:00:00", &environment, &["apply"]).expect_success();
    kubepki_at("2026-02-01 00:00:00", &environment, &["renew", "--all"]).expect_success();
    kubepki_at("2026-03-01 00:00:00", &environment, &["renew", "--all"]).expect_success();
    environment
}

fn prune(environment: &Environment, args: &[&str]) -> Output {
    kubepki_at(LATER, environment, &[&["history", "prune"], args].concat())
}

fn json(output: &str) -> Value {
    serde_json::from_str(output).unwrap()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// The transactions that can be undone, the last first.
fn undoable(environment: &Environment) -> Vec<String> {
    let list = json(&environment.kubepki(&["undo", "--list", "-o", "json"]).expect_success());
    names(&list["transactions"]).into_iter().map(str::to_owned).collect()
}

fn has_files(environment: &Environment, name: &str) -> bool {
    environment.path(&format!(".kubepki/history/{name}")).exists()
}

#[test]
fn what_the_history_holds() {
    let environment = renewed();
    let before = environment.snapshot();
    let list = environment.kubepki(&["history", "list", "-o", "json"]).expect_success();
    let list = json(&list);
    let transactions = list["transactions"].as_array().unwrap();
    assert_eq!(names(&list["transactions"]), [THIRD, SECOND, FIRST]);
    assert_eq!(
        (&transactions[0]["verb"], &transactions[2]["verb"]),
        (&"renew".into(), &"apply".into())
    );
    assert_eq!(transactions[2]["files"], serde_json::json!([]));
    let holds = |path: &str| {
        let files = transactions[0]["files"].as_array().unwrap();
        files.iter().find(|file| file["path"] == path).unwrap()["holds"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(holds("users/admin.conf"), "credentials");
    assert_eq!(holds("hosts/server/etc/kubernetes/pki/apiserver.key"), "privateKey");
    assert_eq!(holds("hosts/server/etc/kubernetes/pki/apiserver.crt"), "nothing");
    let text = environment.kubepki(&["history", "list", "-v"]).expect_success();
    assert!(text.contains("  users/admin.conf: credentials\n"), "{text}");
    assert!(!text.contains("PRIVATE"), "{text}");
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn what_is_old_goes_and_cannot_be_undone() {
    let environment = renewed();
    let before = environment.snapshot();
    let plan = prune(&environment, &["--dry-run", "-o", "json"]).expect_success();
    assert_eq!(environment.snapshot(), before, "a dry run changes nothing");
    assert_eq!(names(&json(&plan)["pruned"]), [FIRST, SECOND]);
    let text = prune(&environment, &["--dry-run"]).expect_success();
    assert!(text.ends_with("plan: 2 to prune, 1 kept\n"), "{text}");
    let done = prune(&environment, &[]).expect_success();
    assert!(done.ends_with("done: 2 pruned, 1 kept\n"), "{done}");
    assert_eq!(undoable(&environment), [THIRD]);
    assert!(has_files(&environment, THIRD) && !has_files(&environment, SECOND));
    let own = |path: &str| path.starts_with(".kubepki/history/");
    let kept = |files: Vec<(String, u32, Vec<u8>)>| -> Vec<_> {
        let is_kept = |path: &str| !own(path) || path.contains(THIRD);
        files.into_iter().filter(|file| is_kept(&file.0) && file.0 != ".kubepki/lock").collect()
    };
    assert_eq!(kept(environment.snapshot()), kept(before));
    for args in [&["undo", SECOND][..], &["undo", SECOND, "--dry-run"]] {
        let refused = kubepki_at(LATER, &environment, args);
        assert_eq!(refused.code, Some(2), "{refused:#?}");
        let said = format!("error: transaction `{SECOND}` was pruned on 2026-05-15\n");
        assert!(refused.stderr.starts_with(&said), "{}", refused.stderr);
    }
    let list = json(&environment.kubepki(&["history", "list", "-o", "json"]).expect_success());
    assert_eq!(names(&list["pruned"]), [FIRST, SECOND]);
    // Nothing is left to prune, and the last one can still be taken back.
    let again = prune(&environment, &[]).expect_success();
    assert_eq!(again, "done: 0 pruned, 1 kept\n");
    kubepki_at(LATER, &environment, &["undo"]).expect_success();
}

#[test]
fn the_last_ones_are_kept() {
    let environment = renewed();
    let pruned =
        |args: &[&str]| json(&prune(&environment, args).expect_success())["pruned"].clone();
    let all = ["--older-than=1s", "-o=json", "--dry-run"];
    assert_eq!(names(&pruned(&all)), [FIRST, SECOND]);
    assert_eq!(names(&pruned(&[&all[..], &["--keep=2"]].concat())), [FIRST]);
    assert!(names(&pruned(&[&all[..], &["--keep=3"]].concat())).is_empty());
    assert!(names(&pruned(&[&all[..], &["--keep=4000000000"]].concat())).is_empty());
    assert_eq!(names(&pruned(&["-o=json", "--older-than=110d"])), [FIRST]);
    assert_eq!(undoable(&environment), [THIRD, SECOND]);
}

#[test]
fn the_names_of_pruned_transactions_are_not_given_again() {
    let environment = renewed();
    let now = "2026-03-01 00:00:00";
    kubepki_at(now, &environment, &["undo"]).expect_success();
    kubepki_at(now, &environment, &["undo"]).expect_success();
    prune(&environment, &["--older-than=1s"]).expect_success();
    kubepki_at(now, &environment, &["undo"]).expect_success();
    assert_eq!(undoable(&environment), [format!("{THIRD}-4"), format!("{THIRD}-3")]);
}

#[test]
fn bad_input() {
    let environment = renewed();
    let before = environment.snapshot();
    for (args, code) in [
        (&["--keep=0"][..], 2),
        (&["--keep=-1"], 2),
        (&["--keep=x"], 2),
        (&["--older-than=0d"], 2),
        (&["--older-than=-1d"], 2),
        (&["--older-than=90"], 2),
        (&["--older-than=1y"], 2),
        (&["--all"], 2),
        (&["x"], 2),
        (&["--dir=nowhere"], 2),
        (&["--dir=nowhere", "--dry-run"], 2),
        (&["--dir=cluster.yaml"], 1),
    ] {
        let output = prune(&environment, args);
        assert_eq!(output.code, Some(code), "{args:?}: {output:#?}");
        assert!(output.stderr.starts_with("error: "), "{args:?}: {}", output.stderr);
        assert_eq!(environment.snapshot(), before, "{args:?}");
    }
    let listed = environment.kubepki(&["history", "list", "--dir=nowhere"]);
    assert_eq!(listed.code, Some(2), "{listed:#?}");
    // A root without a history.
    let fresh = Environment::of_example("hard-way");
    let before = fresh.snapshot();
    for args in
        [&["history", "list"][..], &["history", "prune"], &["history", "prune", "--dry-run"]]
    {
        fresh.kubepki(args).expect_success();
        assert_eq!(fresh.snapshot(), before, "{args:?}");
    }
}

#[test]
fn links_and_foreign_files_are_named_and_left() {
    let environment = renewed();
    let (outside, history) = (environment.path("outside"), environment.path(".kubepki/history"));
    fs::create_dir_all(outside.join("users")).unwrap();
    fs::write(outside.join("users/admin.conf"), "mine").unwrap();
    let folder = history.join(SECOND);
    // In place of an old file, of a folder on the way, beside both, and at the top.
    fs::remove_file(folder.join("users/jane.conf")).unwrap();
    symlink(outside.join("users/admin.conf"), folder.join("users/jane.conf")).unwrap();
    fs::rename(folder.join("hosts"), history.join("moved")).unwrap();
    symlink(&outside, folder.join("hosts")).unwrap();
    fs::write(folder.join("notes"), "mine").unwrap();
    symlink(&outside, history.join("link")).unwrap();
    let left = [
        "20260201T000000Z/hosts",
        "20260201T000000Z/notes",
        "20260201T000000Z/users/jane.conf",
        "link",
        "moved",
    ]
    .map(|path| format!(".kubepki/history/{path}"));
    for args in [&["--dry-run", "-o=json"][..], &["--shred", "-o=json"], &["-o=json"]] {
        let output = prune(&environment, args);
        assert_eq!(output.code, Some(3), "{output:#?}");
        assert_eq!(json(&output.stdout)["foreign"], serde_json::json!(left), "{args:?}");
        assert!(left.iter().all(|path| output.stderr.contains(path)), "{}", output.stderr);
    }
    assert!(left.iter().all(|path| environment.path(path).symlink_metadata().is_ok()));
    assert_eq!(environment.read("outside/users/admin.conf"), "mine");
    assert!(!folder.join("users/admin.conf").exists(), "what is the transaction's goes");
    assert_eq!(undoable(&environment), [THIRD]);
}

#[test]
fn what_is_no_folder_is_not_gone_into() {
    for (part, code) in
        [(".kubepki/history".to_owned(), 1), (format!(".kubepki/history/{SECOND}"), 3)]
    {
        let environment = renewed();
        fs::rename(environment.path(&part), environment.path("moved")).unwrap();
        symlink(environment.path("moved"), environment.path(&part)).unwrap();
        let before: Vec<_> = fs::read_dir(environment.path("moved")).unwrap().collect();
        let output = prune(&environment, &[]);
        assert_eq!(output.code, Some(code), "{output:#?}");
        assert!(output.stderr.contains(&part), "{}", output.stderr);
        let after = fs::read_dir(environment.path("moved")).unwrap();
        assert_eq!(after.count(), before.len(), "{part}");
    }
}

#[test]
fn shredded_files_are_zeros_and_files_with_another_name_are_not() {
    let environment = renewed();
    let old = |path: &str| environment.path(&format!(".kubepki/history/{SECOND}/{path}"));
    // An open file shows what becomes of the bytes without a name.
    let opened = fs::File::open(old("users/admin.conf")).unwrap();
    fs::hard_link(old("users/jane.conf"), environment.path("backup.conf")).unwrap();
    let backup = environment.read("backup.conf");
    let output = prune(&environment, &["--shred"]);
    assert_eq!(output.code, Some(0), "{output:#?}");
    let bytes = std::io::read_to_string(&opened).unwrap();
    assert!(bytes.len() > 1000 && bytes.bytes().all(|byte| byte == 0));
    assert_eq!(opened.metadata().unwrap().nlink(), 0);
    assert_eq!(environment.read("backup.conf"), backup);
    for word in ["did not overwrite `20260201T000000Z/users/jane.conf`", "snapshots"] {
        assert!(output.stderr.contains(word), "{}", output.stderr);
    }
    assert!(!has_files(&environment, SECOND));
}

/// As an owner who is not root, to whom modes mean something.
#[test]
fn a_read_only_file_is_shredded_and_an_unreadable_folder_is_an_error() {
    let environment = renewed();
    let folder = environment.path(&format!(".kubepki/history/{SECOND}"));
    let key = folder.join("users/admin.conf");
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&key, 0o400);
    mode(&folder.join("users"), 0);
    let program = environment.path("kubepki");
    // A user does not reach a build folder below a private home.
    programs::run("cp", [env!("CARGO_BIN_EXE_kubepki").as_ref(), program.as_path()])
        .expect_success();
    let is_root = geteuid().is_root();
    if is_root {
        give(environment.root(), 1000);
    }
    let run = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("history").args(args).current_dir(environment.root()).env_clear();
        if is_root {
            command.uid(1000).gid(1000);
        }
        programs::finish(command, b"")
    };
    let before = environment.snapshot();
    for args in [&["list"][..], &["prune"], &["prune", "--dry-run"]] {
        let refused = run(args);
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        assert!(refused.stderr.contains(&format!("{SECOND}/users")), "{}", refused.stderr);
        assert_eq!(environment.snapshot(), before);
    }
    mode(&folder.join("users"), 0o700);
    let opened = fs::File::open(&key).unwrap();
    run(&["prune", "--shred"]).expect_success();
    let bytes = std::io::read_to_string(&opened).unwrap();
    assert!(bytes.len() > 1000 && bytes.bytes().all(|byte| byte == 0));
    assert!(!folder.exists());
}

/// Gives all of it to a user.
fn give(path: &std::path::Path, user: u32) {
    lchown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give(&entry.unwrap().path(), user));
    }
}

#[test]
fn what_a_rotation_may_need_stays() {
    let environment = Environment::of_example("hard-way");
    environment.edit("cluster.yaml", "hosts:", "encryption: secretbox\nhosts:");
    let at = |month: u8, args: &[&str]| {
        kubepki_at(&format!("2026-{month:02}-01 00:00:00"), &environment, args).expect_success()
    };
    let rotate = ["rotate", "encryption-key"];
    at(1, &["apply"]);
    at(2, &[&rotate[..], &["add"]].concat());
    at(3, &[&rotate[..], &["promote"]].concat());
    at(4, &["renew", "admin"]);
    let pruned = |args: &[&str]| {
        let output = prune(&environment, &[&["--older-than=1s", "-o=json"], args].concat());
        let output = json(&output.expect_success());
        let names = |field: &str| names(&output[field]).join(" ");
        (names("pruned"), names("neededByRotation"))
    };
    let held = format!("{SECOND} {THIRD}");
    assert_eq!(pruned(&["--dry-run"]), (FIRST.to_owned(), held.clone()));
    assert_eq!(pruned(&[]), (FIRST.to_owned(), held.clone()));
    let said = prune(&environment, &["--older-than=1s"]).stderr;
    assert!(said.contains("finish the rotation with `kubepki rotate encryption-key`"), "{said}");
    let danger = pruned(&["--dry-run", "--danger-encryption-keys"]);
    assert_eq!(danger, (held.clone(), String::new()));
    at(5, &[&rotate[..], &["drop", "--secrets-rewritten"]].concat());
    // A file that is gone or broken says nothing of a rotation.
    let config = "authorities/encryption-config.yaml";
    let text = environment.read(config);
    environment.write(config, "[");
    assert_eq!(pruned(&["--dry-run"]).1, held);
    fs::remove_file(environment.path(config)).unwrap();
    assert_eq!(pruned(&["--dry-run"]).1, held);
    environment.write(config, &text);
    let goes = format!("{held} 20260401T000000Z");
    assert_eq!(pruned(&[]), (goes, String::new()));
    assert_eq!(undoable(&environment), ["20260501T000000Z"]);
}
