//! The script, killed or failing at every program that it starts.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use kubepki_host::Bundle;

use crate::machine::{Machine, expected, two};

/// Every program that the script starts.
const PROGRAMS: &[&str] = &[
    "chmod",
    "chown",
    "cmp",
    "cp",
    "date",
    "env",
    "flock",
    "grep",
    "id",
    "ln",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sed",
    "sha256sum",
    "stat",
    "sync",
    "tar",
    "timeout",
];

/// What happens at the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It fails without a try.
    Fails,
    /// The shell and all that it started are gone before it does anything.
    Killed,
    /// The same, right after it has done its work.
    KilledAfter,
    /// The same, at a program that the next push starts, which completes this one or clears up.
    KilledTwice,
}

/// A program that strikes the `n`th time it is started, of 0 never; each start is a line in `count`.
fn shim(folder: &Path, program: &str, n: usize, fault: Fault) {
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("there is no {program}"));
    let (real, count) = (real.display(), folder.join("count"));
    let strike = match fault {
        Fault::Fails => "echo broken >&2; exit 7".to_owned(),
        Fault::Killed | Fault::KilledTwice => "kill -9 -$GROUP $$".to_owned(),
        Fault::KilledAfter => format!("{real} \"$@\"; kill -9 -$GROUP $$"),
    };
    let count = count.display();
    let text = format!(
        "#!/bin/sh\necho {program} >>{count}\n[ $(/bin/grep -c '^{program}$' {count}) != {n} ] || {{ {strike}; }}\nexec {real} \"$@\"\n"
    );
    fs::write(folder.join(program), text).unwrap();
    fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
}

struct Point {
    program: &'static str,
    n: usize,
    fault: Fault,
}

/// A machine with the old files, and without waiting for disks.
fn machine(old: &Bundle) -> Machine {
    let mut machine = Machine::new();
    let still = machine.root().with_file_name("still");
    fs::create_dir(&still).unwrap();
    fs::write(still.join("sync"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(still.join("sync"), fs::Permissions::from_mode(0o755)).unwrap();
    machine.path = format!("{}:{}", still.display(), machine.path);
    machine.installed(old);
    machine
}

/// Installs with shims of these programs; what it said, and how often it started which program.
fn with_shims(
    machine: &mut Machine,
    bundle: &Bundle,
    shims: &[(&str, usize, Fault)],
) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    for (program, n, fault) in shims {
        shim(folder.path(), program, *n, *fault);
    }
    let path = machine.path.clone();
    machine.path = format!("{}:{path}", folder.path().display());
    let output = machine.install(bundle);
    machine.path = path;
    (output.status.success(), fs::read_to_string(folder.path().join("count")).unwrap_or_default())
}

fn points(old: &Bundle, new: &Bundle) -> Vec<Point> {
    let all: Vec<_> = PROGRAMS.iter().map(|program| (*program, 0, Fault::Fails)).collect();
    let counts = |machine: &mut Machine, bundle| {
        let (_, started) = with_shims(machine, bundle, &all);
        move |program: &str| started.lines().filter(|line| *line == program).count()
    };
    let install = counts(&mut machine(old), new);
    let mut pending = machine(old);
    interrupt(&mut pending, new);
    let next = counts(&mut pending, new);
    let mut points = Vec::new();
    for program in PROGRAMS {
        for fault in [Fault::Fails, Fault::Killed, Fault::KilledAfter] {
            points.extend((1..=install(program)).map(|n| Point { program, n, fault }));
        }
        let fault = Fault::KilledTwice;
        points.extend((1..=next(program)).map(|n| Point { program, n, fault }));
    }
    points
}

/// Killed while it puts the second file into place: the `mv` of the manifest, the journal, and two.
fn interrupt(machine: &mut Machine, new: &Bundle) {
    with_shims(machine, new, &[("mv", 4, Fault::Killed)]);
    assert!(machine.at(JOURNAL).exists());
}

const JOURNAL: &str = "var/lib/kubepki/push/journal";

/// The files are all old or all new, or a journal is there that the next push completes; that one
/// makes them all new and leaves nothing behind.
#[test]
fn struck_anywhere_it_leaves_all_old_or_all_new_to_the_next_push() {
    let [old, new] = two();
    let names = |machine: &Machine| -> Vec<_> {
        machine.tree().into_keys().filter(|path| !path.contains("/history")).collect()
    };
    let good = {
        let machine = machine(&old);
        machine.installed(&new);
        names(&machine)
    };
    let mut points = points(&old, &new);
    let all = points.len();
    if std::env::var_os("KUBEPKI_SWEEP").is_none() {
        let step = all.div_ceil(120);
        let mut n = 0;
        points.retain(|_| {
            n += 1;
            n % step == 0
        });
    }
    let (next, pending, failures) =
        (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match strike(point, &old, &new, &good) {
                        Ok(journal) => {
                            pending.fetch_add(usize::from(journal), Ordering::Relaxed);
                        }
                        Err(error) => {
                            let Point { program, n, fault } = point;
                            let text = format!("{program} number {n}, {fault:?}: {error}");
                            failures.lock().unwrap().push(text);
                        }
                    }
                }
            });
        }
    });
    let (failures, pending) = (failures.into_inner().unwrap(), pending.into_inner());
    println!(
        "push script: {} of {all} points, {pending} with a journal, {} failures",
        points.len(),
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(all > 300 && pending > 4, "{all} points, {pending} in the last step");

    fn strike(point: &Point, old: &Bundle, new: &Bundle, good: &[String]) -> Result<bool, String> {
        let Point { program, n, fault } = *point;
        let mut machine = machine(old);
        if fault == Fault::KilledTwice {
            interrupt(&mut machine, new);
        }
        let (done, _) = with_shims(&mut machine, new, &[(program, n, fault)]);
        let pending = machine.at(JOURNAL).exists();
        let mut whole = machine.files();
        whole.retain(|path, _| !path.contains("/.kubepki-push/"));
        let (is_old, is_new) = (whole == expected(old), whole == expected(new));
        if !pending && !is_old && !is_new {
            return Err("some files are old and some new".into());
        }
        if done && !is_new {
            return Err("it says that it is done".into());
        }
        // What a killed one leaves, and what cannot be removed now, the next one removes.
        if fault == Fault::Fails && !pending && !matches!(program, "rm" | "rmdir" | "env" | "stat")
        {
            let stray = machine.tree().into_keys().find(|path| {
                let name = path.rsplit('/').next().unwrap_or_default();
                name.starts_with('.')
                    || path.contains("kubepki/push")
                    || (is_old && path.contains("/history/"))
            });
            if let Some(stray) = stray {
                return Err(format!("leaves `{stray}`"));
            }
        }
        machine.installed(new);
        if machine.files() != expected(new) {
            return Err("the next push does not bring the new files".into());
        }
        let now: Vec<_> =
            machine.tree().into_keys().filter(|path| !path.contains("/history")).collect();
        if now != good {
            return Err(format!("the next push leaves {now:?}"));
        }
        Ok(pending)
    }
}
