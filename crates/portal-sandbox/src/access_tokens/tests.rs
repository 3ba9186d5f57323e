//! What is remembered, and for how long.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn held(count: usize) -> Held {
    let identity =
        crate::certificates::Authority::new(crate::certificates::Validity::around(at(0)));
    let identity = identity.unwrap();
    let root = Certificate::from_der(identity.root_der()).unwrap();
    let organization = portal_model::OrganizationNumber::new("123456789").unwrap();
    let registration = TokenRegistration::new("client", "broker", organization, &root).unwrap();
    let mut held = AccessTokens::new(DEFAULT_LIFE).held.into_inner().unwrap();
    for number in 0..count {
        let digest = digest_of(&number.to_string());
        held.order.push_back(digest);
        let until = at(3600 + i64::try_from(number).unwrap());
        let registration = registration.clone();
        let issued = Issued {
            registration,
            until,
        };
        held.issued.insert(digest, issued);
    }
    held
}

#[test]
fn tokens_that_ended_long_ago_are_forgotten() {
    let mut held = held(3);
    held.forget_ended(at(3600 + 24 * 3600));
    assert_eq!(held.issued.len(), 3);
    held.forget_ended(at(3602 + 24 * 3600));
    assert_eq!((held.issued.len(), held.order.len()), (1, 1));
}

#[test]
fn the_oldest_of_too_many_are_forgotten() {
    let mut held = held(MOST_TOKENS + 5);
    held.forget_ended(at(0));
    assert_eq!(held.order.len(), MOST_TOKENS - 1);
    assert_eq!(held.issued.len(), MOST_TOKENS - 1);
    assert!(!held.issued.contains_key(&digest_of("0")));
}
