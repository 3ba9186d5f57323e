//! What a poll's response says.

use super::*;

#[test]
fn an_empty_queue_gives_the_permitted_time() {
    let response = with_header(response(204, ""), NEXT, "2016-02-10T11:00:05.5+01:00");
    let Polled {
        change, next_poll, ..
    } = polled(&response).unwrap();
    assert_eq!(change, None);
    assert_eq!(next_poll.wait(), Duration::from_millis(5500));
    assert_eq!(next_poll.warning, None);
}

#[test]
fn a_change_is_read_with_the_permitted_time() {
    let response = with_header(response(200, change_xml()), NEXT, "2016-02-10T10:00:00Z");
    let Polled {
        change, next_poll, ..
    } = polled(&response).unwrap();
    let change = change.unwrap();
    assert_eq!(next_poll.permitted_at, now());
    assert_eq!(change.job_id().get(), 1);
    assert_eq!(change.reference().unwrap().reveal(), "123-ABC");
    assert_eq!(change.status(), PortalSignatureJobStatus::InProgress);
    assert_eq!(change.notices(), []);
    let record = change.record();
    assert!(record.can_be_confirmed() && record.can_be_cancelled() && record.can_be_deleted());
    assert!(record.has_pades());
    assert_eq!(
        record.signers_with_xades().collect::<Vec<_>>(),
        [SignerIndex::new(0)]
    );

    let number = portal_model::PersonalIdentificationNumber::new("12345678910").unwrap();
    let first = SignatureIdentifier::from(number);
    let signature = change.signature_of(&first).unwrap();
    assert!(*signature.status() == SignerStatus::SIGNED);
    let since = signature.since().unwrap().timestamp().unwrap();
    assert_eq!(since, "2017-01-23T11:51:43Z".parse().unwrap());
}

/// All parts of an identifier must be equal, whatever they are.
#[test]
fn a_signer_is_found_by_the_whole_identifier() {
    use portal_model::{EmailAddress, MobileNumber, Notifications};

    let change = change(&change_xml());
    let email = || EmailAddress::new("email@example.com").unwrap();
    let mobile = || MobileNumber::new("00000000").unwrap();
    let position = |contacts: Notifications| {
        let signature = change.signature_of(&contacts.into())?;
        Some(signature.index())
    };
    assert_eq!(
        position(Notifications::email(email())),
        Some(SignerIndex::new(1))
    );
    assert_eq!(
        position(Notifications::email_and_sms(email(), mobile())),
        None
    );
    assert_eq!(position(Notifications::sms(mobile())), None);
}

#[test]
fn a_missing_or_odd_time_is_a_warning_and_a_safe_default() {
    let wait = |next_poll: NextPoll| (next_poll.warning, next_poll.wait());
    let missing = polled(&response(204, "")).unwrap().next_poll;
    let default = Duration::from_secs(30);
    assert_eq!(wait(missing), (Some(PollTimeWarning::Missing), default));

    let odd = with_header(response(204, ""), NEXT, "in a while");
    let odd = polled(&odd).unwrap().next_poll;
    assert_eq!(wait(odd), (Some(PollTimeWarning::Unreadable), default));

    let change = polled(&response(200, change_xml())).unwrap();
    assert!(change.change.is_some());
    let default = Duration::from_secs(1);
    assert_eq!(
        wait(change.next_poll),
        (Some(PollTimeWarning::Missing), default)
    );

    let production = Environment::production();
    let empty = status_change::read(&response(204, ""), &production, &sender(), now()).unwrap();
    assert_eq!(wait(empty.next_poll).1, Duration::from_mins(10));
}

#[test]
fn polling_too_early_tells_when_to_poll() {
    let early = with_header(response(429, ""), NEXT, "2016-02-10T10:00:20Z");
    let error = polled(&early).unwrap_err();
    assert!(error.is_retryable());
    let Error::TooEarly { next_poll } = error else {
        panic!("{error}");
    };
    assert_eq!(next_poll.wait(), Duration::from_secs(20));
}

#[test]
fn a_rate_block_is_told_from_a_poll_too_early() {
    let blocked = with_header(response(429, ""), "DoSFilter", "delayed");
    let error = polled(&blocked).unwrap_err();
    assert!(error.is_retryable());
    let Error::RateBlocked { until } = error else {
        panic!("{error}");
    };
    assert_eq!(until, now() + Duration::from_secs(30));

    let timed = with_header(blocked, NEXT, "2016-02-10T10:00:20Z");
    assert!(matches!(polled(&timed), Err(Error::TooEarly { .. })));

    let asked = with_header(response(429, ""), "DoSFilter", "delayed");
    let asked = with_header(asked, "retry-after", "7");
    let Error::RateBlocked { until } = polled(&asked).unwrap_err() else {
        panic!("no block");
    };
    assert_eq!(until, now() + Duration::from_secs(7));

    let other = read_nothing(Operation::Confirm, &response(429, ""), now()).unwrap_err();
    assert!(matches!(other, Error::Unexpected { .. }), "{other}");
}

#[test]
fn a_change_that_cannot_be_read_is_unexpected() {
    let no_status = change_xml().replace("<status>IN_PROGRESS</status>", "");
    assert!(!no_status.contains("IN_PROGRESS"));
    for body in ["", "<html>", "<!DOCTYPE a><a/>", &no_status, &created_xml()] {
        let error = polled(&response(200, body.to_owned())).unwrap_err();
        assert!(matches!(error, Error::Unexpected { .. }));
        assert_eq!(error.origin(), crate::ErrorOrigin::Service);
    }
}

#[test]
fn an_unknown_status_and_a_time_without_offset_do_not_cost_the_change() {
    let odd = change_xml()
        .replace("IN_PROGRESS", "POSTPONED")
        .replace("+01:00", "");
    let change = polled(&response(200, odd)).unwrap().change.unwrap();
    assert_eq!(
        change.status(),
        PortalSignatureJobStatus::Unknown("POSTPONED".to_owned())
    );
    assert!(!change.notices().is_empty());
    let id = change.id();
    assert!(
        id.as_str()
            .contains(" POSTPONED SIGNED@2017-01-23T12:51:43"),
        "{id}"
    );
}

#[test]
fn what_the_service_has_added_is_skipped_and_told() {
    let newer = change_xml()
        .replace(
            "<signatures>",
            "<new-element>text</new-element><signatures>",
        )
        .replace(">WAITING<", "> postponed <");
    let change = polled(&response(200, newer)).unwrap().change.unwrap();
    assert_eq!(change.notices().len(), 1);
    let status = change.signatures()[1].status();
    assert!(!status.is_known());
    assert_eq!(status.to_string(), "postponed");
}
