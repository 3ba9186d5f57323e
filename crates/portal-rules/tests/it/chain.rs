//! When groups of signers can sign.

use jiff::{SignedDuration, Timestamp};
use portal_model::{Availability, AvailableSeconds, DateTime, SignerOrder};
use portal_rules::chain::{DEFAULT_SECONDS, OsloTime, Window, order_groups};
use proptest::prelude::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn availability(activation: Option<&str>, seconds: Option<i64>) -> Availability {
    set!(Availability::new(); activation_time: activation.map(|time| time.parse().unwrap()), available_seconds: seconds.map(AvailableSeconds::unchecked))
}

fn orders(numbers: &[i32]) -> impl Iterator<Item = Option<SignerOrder>> {
    numbers
        .iter()
        .map(|number| Some(SignerOrder::unchecked(*number)))
}

#[test]
fn groups_follow_one_another() {
    let created = time("2026-11-24T08:00:00Z");
    let day = availability(None, Some(86_400));
    let at = |text: &str| time(&format!("2026-11-{text}T08:00:00Z"));
    let window = |window: Window| (window.earliest, window.latest);
    let groups: Vec<_> = order_groups(orders(&[3, 1, 2, 2]), Some(&day), created)
        .into_iter()
        .map(|group| {
            let (activation, deadline) = (window(group.activation), window(group.deadline));
            (group.order, group.signers, activation, deadline)
        })
        .collect();
    assert_eq!(
        groups,
        [
            (1, vec![1], (at("24"), at("24")), (at("25"), at("25"))),
            (2, vec![2, 3], (at("24"), at("25")), (at("25"), at("26"))),
            (3, vec![0], (at("24"), at("26")), (at("25"), at("27"))),
        ]
    );
}

#[test]
fn no_order_counts_as_0() {
    let created = time("2026-11-24T08:00:00Z");
    let zero = Some(SignerOrder::new(0).unwrap());
    let groups = order_groups([None, zero, None], None, created);
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].signers, [0, 1, 2]);
    assert_eq!(order_groups([], None, created), []);
}

#[test]
fn without_a_period_each_group_has_30_days() {
    let created = time("2026-11-24T08:00:00Z");
    for given in [None, Some(availability(None, None))] {
        let [only] = &order_groups([None], given.as_ref(), created)[..] else {
            panic!()
        };
        assert_eq!(only.deadline.latest, time("2026-12-24T08:00:00Z"));
    }
    assert_eq!(DEFAULT_SECONDS, 2_592_000);
}

#[test]
fn activation_is_the_later_of_what_is_given_and_now() {
    let created = time("2026-11-24T08:00:00Z");
    let start = |activation: &str| {
        let given = availability(Some(activation), None);
        order_groups([None], Some(&given), created)[0]
            .activation
            .earliest
    };
    assert_eq!(
        start("2026-12-01T00:00:00+01:00"),
        time("2026-11-30T23:00:00Z")
    );
    assert_eq!(start("2016-02-10T12:00:00+01:00"), created);
}

#[test]
fn leap_days_are_days_as_any() {
    let day = availability(Some("2028-02-28T12:00:00+01:00"), Some(86_400));
    let groups = order_groups(orders(&[1, 2]), Some(&day), time("2028-01-01T00:00:00Z"));
    assert_eq!(
        OsloTime(groups[0].deadline.latest).to_string(),
        "2028-02-29 12:00:00 CET"
    );
    assert_eq!(
        OsloTime(groups[1].deadline.latest).to_string(),
        "2028-03-01 12:00:00 CET"
    );
}

#[test]
fn summer_time_begins_and_ends_on_the_last_sundays_of_march_and_october() {
    // (year, last Sunday of March, last Sunday of October), from a calendar.
    let years = [
        (2024, 31, 27),
        (2025, 30, 26),
        (2026, 29, 25),
        (2027, 28, 31),
        (2028, 26, 29),
        (2029, 25, 28),
        (2030, 31, 27),
    ];
    for (year, march, october) in years {
        let oslo = |text: String| OsloTime(time(&text)).to_string();
        assert_eq!(
            oslo(format!("{year}-03-{march}T00:59:59Z")),
            format!("{year}-03-{march} 01:59:59 CET")
        );
        assert_eq!(
            oslo(format!("{year}-03-{march}T01:00:00Z")),
            format!("{year}-03-{march} 03:00:00 CEST")
        );
        assert_eq!(
            oslo(format!("{year}-10-{october}T00:59:59Z")),
            format!("{year}-10-{october} 02:59:59 CEST")
        );
        assert_eq!(
            oslo(format!("{year}-10-{october}T01:00:00Z")),
            format!("{year}-10-{october} 02:00:00 CET")
        );
    }
}

proptest! {
    #[test]
    fn every_signer_is_in_one_group_and_windows_grow(
        numbers in proptest::collection::vec(0..=9, 0..=10),
        seconds in 1_i64..=7_776_000,
        start in 1_000_000_000_i64..4_000_000_000,
    ) {
        let created = Timestamp::from_second(start).unwrap();
        let period = SignedDuration::from_secs(seconds);
        let groups = order_groups(orders(&numbers), Some(&availability(None, Some(seconds))), created);

        let mut members: Vec<usize> = groups.iter().flat_map(|group| group.signers.clone()).collect();
        members.sort_unstable();
        prop_assert_eq!(members, (0..numbers.len()).collect::<Vec<_>>());
        for (before, group) in (0..).zip(&groups) {
            for signer in &group.signers {
                prop_assert_eq!(numbers[*signer], group.order);
            }
            prop_assert_eq!(group.activation.earliest, created);
            prop_assert_eq!(group.activation.latest, created + period * before);
            prop_assert_eq!(group.deadline.earliest, created + period);
            prop_assert_eq!(group.deadline.latest, group.activation.latest + period);
        }
        prop_assert!(groups.is_sorted_by(|a, b| a.order < b.order));
    }

    #[test]
    fn no_input_goes_beyond_time(
        numbers in proptest::collection::vec(proptest::option::of(any::<i32>()), 0..20),
        seconds in any::<i64>(),
        created in -377_705_000_000_i64..=253_402_200_000,
        activation in -62_000_000_000_i64..=253_000_000_000,
    ) {
        let created = Timestamp::from_second(created).unwrap();
        let activation = DateTime::utc(Timestamp::from_second(activation).unwrap()).unwrap();
        let given = set!(Availability::new(); activation_time: Some(activation), available_seconds: Some(AvailableSeconds::unchecked(seconds)));
        let orders = numbers.iter().map(|number| number.map(SignerOrder::unchecked));
        for group in order_groups(orders, Some(&given), created) {
            prop_assert!(group.activation.earliest <= group.activation.latest);
            prop_assert!(group.activation.latest <= group.deadline.latest);
            prop_assert!(group.deadline.earliest <= group.deadline.latest);
            prop_assert!(!OsloTime(group.deadline.latest).to_string().is_empty());
        }
    }
}
