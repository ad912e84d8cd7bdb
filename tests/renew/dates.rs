//! Renewal on the days that clocks and certificates get wrong.

use kubepki_testkit::openssl;

use super::{SPEC, kubepki_at};
use crate::environment::Environment;

/// When it is applied, when it is renewed, and the year in which the renewed certificates end.
const DAYS: &[(&str, &str, &str)] = &[
    ("1970-01-01 00:10:00", "1970-12-20 00:00:00", "1971"),
    ("2037-01-20 00:00:00", "2037-12-31 00:00:00", "2038"),
    ("2037-02-01 00:00:00", "2038-01-20 00:00:00", "2039"),
    ("2049-01-10 00:00:00", "2049-12-31 23:59:59", "2050"),
    ("2049-01-10 00:00:00", "2050-01-01 00:00:00", "2051"),
    ("2099-01-15 00:00:00", "2100-01-01 00:00:00", "2101"),
];

#[test]
fn apply_and_renew_work_on_every_day() {
    for (applied, renewed, year) in DAYS {
        let environment = Environment::of_spec(SPEC);
        kubepki_at(applied, &environment, &["apply"]).expect_success();
        assert_eq!(kubepki_at(applied, &environment, &["plan", "--exit-code"]).code, Some(0));
        let said = kubepki_at(renewed, &environment, &["renew"]).expect_success();
        assert!(said.contains("done: 20 renewed, 12 unchanged"), "{renewed}: {said}");
        let certificate = environment.path("hosts/server/etc/kubernetes/pki/apiserver.crt");
        let text = openssl::text(&certificate);
        let end = text.lines().find(|line| line.contains("Not After")).unwrap();
        assert!(end.contains(&format!(" {year} GMT")), "{renewed}: {end}");
        assert_eq!(
            kubepki_at(renewed, &environment, &["plan", "--exit-code"]).code,
            Some(0),
            "{renewed}"
        );
        kubepki_at(renewed, &environment, &["apply"]).expect_success();
        kubepki_at(renewed, &environment, &["undo"]).expect_success();
        let due = kubepki_at(renewed, &environment, &["plan", "--exit-code"]);
        assert_eq!(due.code, Some(3), "{renewed}: undone, so it is due again");
    }
}
