//! Fills a ledger and measures it: `cargo run --release -p kubepki-ledger --example million [ROWS [DIRECTORY]]`.
//! The ledger stays in the directory, where one is named.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the file")]
#![expect(clippy::print_stdout, reason = "its result is text")]

use std::{
    error::Error,
    ops::ControlFlow,
    path::PathBuf,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kubepki_ledger::{
    Entry, EntryKind, Expiring, Ledger, Query, RecordedCertificate, Requester, RequesterKind,
    SqliteLedger,
};
use ring::digest::{SHA256, digest};

const BATCH: u64 = 10_000;
const BEGIN: i64 = 1_795_000_000;
const DAY: i64 = 86_400;
const CLUSTER: &str = "hard-way";

/// Octets in the DER of a P-256 client certificate, about.
const DER: usize = 600;

fn main() -> Result<(), Box<dyn Error>> {
    let rows = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let temporary = tempfile::tempdir_in(".")?;
    let named = std::env::args().nth(2).map(PathBuf::from);
    let directory = named.as_deref().unwrap_or(temporary.path());
    let mut ledger = SqliteLedger::in_directory(directory);

    let (mut whole, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for first in (1..=rows).step_by(usize::try_from(BATCH)?) {
        let batch: Vec<_> =
            (first..=rows.min(first + BATCH - 1)).map(entry).collect::<Result<_, _>>()?;
        let begin = Instant::now();
        ledger.record(CLUSTER, &batch)?;
        whole += begin.elapsed();
        slowest = slowest.max(begin.elapsed());
    }
    let rate = |count: u64, time: Duration| count as f64 / time.as_secs_f64();
    println!(
        "{rows} rows in batches of {BATCH}: {:.0} rows/s, slowest batch {:.0} rows/s",
        rate(rows, whole),
        rate(BATCH.min(rows), slowest)
    );
    let size = std::fs::metadata(ledger.path())?.len();
    println!("size: {} MiB, {} bytes a row", size >> 20, size / rows);

    for count in [1, 28] {
        let times = (0..20).map(|round| {
            let first = rows + 1 + round * count;
            let batch: Vec<_> = (first..first + count).map(entry).collect::<Result<_, _>>()?;
            let mut ledger = SqliteLedger::in_directory(directory);
            let begin = Instant::now();
            ledger.record(CLUSTER, &batch)?;
            Ok(begin.elapsed())
        });
        report(&format!("open and record {count}"), times.collect::<Result<_, Box<dyn Error>>>()?);
    }

    let find = |query: &dyn Fn(RecordedCertificate) -> Query| {
        (0..200)
            .map(|round| {
                let entry = entry(1 + round * 7_919_993 % rows)?;
                let query = query(entry.certificate.ok_or("no certificate")?);
                let ledger = SqliteLedger::read_only(directory);
                let begin = Instant::now();
                let found = count(&ledger, &query)?;
                if found == 0 { Err("not found".into()) } else { Ok(begin.elapsed()) }
            })
            .collect::<Result<Vec<_>, Box<dyn Error>>>()
    };
    let serial = find(&|it| Query { serial: Some(it.serial), ..Query::default() })?;
    report("open and find by serial", serial);
    let sha256 = find(&|it| Query { sha256: Some(it.sha256), ..Query::default() })?;
    report("open and find by SHA-256", sha256);
    let user = find(&|it| Query { user: Some(it.common_name), ..Query::default() })?;
    report("open and find by user", user);

    let from = Timestamp::from_second(BEGIN)?;
    let until = Timestamp::from_second(BEGIN + 30 * DAY)?;
    let soon = Query { expiring: Some(Expiring { from, until }), ..Query::default() };
    for (what, query) in [("list expiring within 30 days", soon), ("list all", Query::default())] {
        let (mut times, mut found) = (Vec::new(), 0);
        for _ in 0..5 {
            let ledger = SqliteLedger::read_only(directory);
            let begin = Instant::now();
            found = count(&ledger, &query)?;
            times.push(begin.elapsed());
        }
        report(&format!("{what}, {found} rows"), times);
    }
    let begin = Instant::now();
    let check = ledger.check()?;
    println!(
        "check: {} rows, {} findings, {:.3} s",
        check.chains.iter().map(|head| head.count).sum::<u64>(),
        check.findings.len(),
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

fn count(ledger: &SqliteLedger, query: &Query) -> Result<u64, Box<dyn Error>> {
    let mut found = 0;
    ledger.select(query, &mut |row| {
        found += u64::from(std::hint::black_box(row).number > 0);
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{what}: median {median:.2?}, worst {worst:.2?}");
}

/// A certificate as `apply` makes them. Expiries lie anywhere within a year.
fn entry(n: u64) -> Result<Entry, Box<dyn Error>> {
    let random = digest(&SHA256, &n.to_be_bytes());
    let random: [u8; 32] = random.as_ref().try_into()?;
    let serial: String = random[..16].iter().map(|octet| format!("{octet:02x}")).collect();
    let days = i64::from(u16::from_be_bytes([random[0], random[1]])) % 365;
    let time = Timestamp::from_second(BEGIN - i64::try_from(n)?)?;
    Ok(Entry {
        kind: EntryKind::Issued,
        time,
        requester: Requester {
            verb: "apply".to_owned(),
            user: "operator".to_owned(),
            host: "workstation".to_owned(),
        },
        requester_kind: Some(RequesterKind::Operator),
        request_uid: None,
        authority: None,
        detail: None,
        note: None,
        certificate: Some(RecordedCertificate {
            serial: serial.parse()?,
            sha256: random.into(),
            issuer_key_id: Some([7; 20].as_slice().into()),
            issuer: "CN=hard-way-ca-20261120".to_owned(),
            subject: format!("O=system:nodes, CN=system:node:node-{n}"),
            common_name: format!("system:node:node-{n}"),
            organizations: vec!["system:nodes".to_owned()],
            subject_alt_names: vec![
                format!("DNS:node-{n}.example.com"),
                "IP:10.240.0.20".to_owned(),
            ],
            profile: "client".to_owned(),
            not_before: time,
            not_after: Timestamp::from_second(BEGIN + days * DAY + i64::try_from(n % 80_000)?)?,
            der: Some(random.iter().copied().cycle().take(DER).collect()),
        }),
    })
}
