//! Times with their offset, and without.

use jiff::Timestamp;
use portal_model::{DateTime, DateTimeError};

#[test]
fn times_that_are_understood() {
    for (text, instant, written) in [
        (
            "2016-02-10T12:00:00+01:00",
            "2016-02-10T11:00:00Z",
            "2016-02-10T12:00:00+01:00",
        ),
        (
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
        ),
        (
            "2016-02-10T12:00:00+00:00",
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
        ),
        (
            "2016-02-10T12:00:00-00:00",
            "2016-02-10T12:00:00Z",
            "2016-02-10T12:00:00Z",
        ),
        (
            "2016-02-10T12:00:00-09:30",
            "2016-02-10T21:30:00Z",
            "2016-02-10T12:00:00-09:30",
        ),
        (
            "2016-02-10T12:00:00+14:00",
            "2016-02-09T22:00:00Z",
            "2016-02-10T12:00:00+14:00",
        ),
        (
            "2016-02-29T23:59:59.1Z",
            "2016-02-29T23:59:59.1Z",
            "2016-02-29T23:59:59.1Z",
        ),
        (
            "2016-02-10T12:00:00.123456789+01:00",
            "2016-02-10T11:00:00.123456789Z",
            "2016-02-10T12:00:00.123456789+01:00",
        ),
        (
            "2016-02-10T12:00:00.100000000Z",
            "2016-02-10T12:00:00.1Z",
            "2016-02-10T12:00:00.1Z",
        ),
        (
            "2016-02-10T24:00:00Z",
            "2016-02-11T00:00:00Z",
            "2016-02-11T00:00:00Z",
        ),
        (
            "2016-12-31T24:00:00.000+01:00",
            "2016-12-31T23:00:00Z",
            "2017-01-01T00:00:00+01:00",
        ),
        (
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
        ),
        (
            "9999-12-30T21:59:59Z",
            "9999-12-30T21:59:59Z",
            "9999-12-30T21:59:59Z",
        ),
    ] {
        let time: DateTime = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            time.timestamp(),
            Some(instant.parse::<Timestamp>().unwrap()),
            "{text}"
        );
        assert_eq!(time.to_string(), written, "{text}");
        assert_eq!(written.parse::<DateTime>().unwrap(), time);
    }
}

#[test]
fn times_in_debug_and_equality() {
    let time = |text: &str| text.parse::<DateTime>().unwrap();
    let (oslo, utc) = (
        time("2016-02-10T12:00:00+01:00"),
        time("2016-02-10T11:00:00Z"),
    );
    assert_eq!(format!("{oslo:?}"), "DateTime(2016-02-10T12:00:00+01:00)");
    // The same instant, but not written the same way.
    assert_ne!(oslo, utc);
    assert_eq!(oslo.timestamp(), utc.timestamp());
    assert_eq!(oslo.offset().unwrap().seconds(), 3600);
    assert_eq!(oslo.local(), "2016-02-10T12:00:00".parse().unwrap());
    assert_eq!(DateTime::utc(oslo.timestamp().unwrap()), Ok(utc));
}

/// The schema allows a time without an offset; it is kept as it was written, and no zone is guessed.
#[test]
fn times_without_offset() {
    for (text, local) in [
        ("2016-02-10T12:00:00", "2016-02-10T12:00:00"),
        ("2016-02-10T12:00:00.1234567", "2016-02-10T12:00:00.1234567"),
        ("2016-02-10T12:00:00.000", "2016-02-10T12:00:00"),
        ("2016-02-10T12:00:00.120", "2016-02-10T12:00:00.12"),
        ("2016-02-29T24:00:00", "2016-03-01T00:00:00"),
        ("2016-02-29T24:00:00.00", "2016-03-01T00:00:00"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
        (
            "9999-12-31T23:59:59.999999999",
            "9999-12-31T23:59:59.999999999",
        ),
    ] {
        let time: DateTime = text.parse().unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!((time.timestamp(), time.offset()), (None, None), "{text}");
        let local: jiff::civil::DateTime = local.parse().unwrap();
        assert_eq!(time.local(), local, "{text}");
        let made = DateTime::without_offset(local).unwrap();
        assert_eq!(made.to_string().parse::<DateTime>(), Ok(made));
        assert_eq!(made.local(), local);
    }
    let time = |text: &str| text.parse::<DateTime>().unwrap();
    assert_ne!(time("2016-02-10T12:00:00"), time("2016-02-10T12:00:00Z"));
    let too_early = jiff::civil::date(-1, 1, 1).at(0, 0, 0, 0);
    assert_eq!(
        DateTime::without_offset(too_early),
        Err(DateTimeError::Year)
    );
}

#[test]
fn times_that_are_refused() {
    use DateTimeError::{Form, FractionDigits, NoSuchTime, Offset, TooLate, Year};
    for (text, error) in [
        ("", Form),
        ("2016-02-10", Form),
        ("2016-02-10 12:00:00Z", Form),
        ("2016-02-10t12:00:00Z", Form),
        ("2016-02-10T12:00:00z", Form),
        ("2016-02-10T12:00Z", Form),
        ("2016-2-10T12:00:00Z", Form),
        ("16-02-10T12:00:00Z", Form),
        ("+2016-02-10T12:00:00Z", Form),
        ("-2016-02-10T12:00:00Z", Form),
        ("12016-02-10T12:00:00Z", Form),
        ("2016-02-10T12:00:00.Z", Form),
        ("2016-02-10T12:00:00,5Z", Form),
        ("2016-02-10T12:00:00Z ", Form),
        (" 2016-02-10T12:00:00Z", Form),
        ("2016-02-10T12:00:00+1:00", Form),
        ("2016-02-10T12:00:00+0100", Form),
        ("2016-02-10T12:00:00+01", Form),
        ("2016-02-10T12:00:00+01:00[Europe/Oslo]", Form),
        ("2016-02-10T12:00:00UTC", Form),
        ("Wed, 10 Feb 2016 12:00:00 GMT", Form),
        ("２０１６-02-10T12:00:00Z", Form),
        ("2016-02-10T12:00:00.1234567891Z", FractionDigits),
        ("2015-02-29T12:00:00Z", NoSuchTime),
        ("2016-13-10T12:00:00Z", NoSuchTime),
        ("2016-00-10T12:00:00Z", NoSuchTime),
        ("2016-02-00T12:00:00Z", NoSuchTime),
        ("2016-02-10T25:00:00Z", NoSuchTime),
        ("2016-02-10T24:00:01Z", NoSuchTime),
        ("2016-02-10T12:60:00Z", NoSuchTime),
        ("2016-02-10T12:00:60Z", NoSuchTime),
        ("2016-02-10T12:00:00+14:01", Offset),
        ("2016-02-10T12:00:00-15:00", Offset),
        ("2016-02-10T12:00:00+01:60", Offset),
        ("0000-01-01T00:00:00Z", Year),
        ("0000-01-01T00:00:00", Year),
        ("9999-12-31T24:00:00Z", Year),
        ("9999-12-31T24:00:00", Year),
        ("9999-12-30T22:00:01Z", TooLate),
        ("9999-12-31T12:00:00Z", TooLate),
        ("9999-12-31T23:59:59+01:00", TooLate),
        ("2015-02-29T12:00:00", NoSuchTime),
        ("2016-02-10T24:00:01", NoSuchTime),
        ("2016-02-10T12:00:00.", Form),
        ("2016-02-10T12:00:00.1234567891", FractionDigits),
    ] {
        assert_eq!(text.parse::<DateTime>(), Err(error), "{text}");
    }
    assert_eq!(
        DateTime::new(Timestamp::UNIX_EPOCH, jiff::tz::Offset::constant(15)),
        Err(Offset)
    );
    let seconds = jiff::tz::Offset::from_seconds(3601).unwrap();
    assert_eq!(DateTime::new(Timestamp::UNIX_EPOCH, seconds), Err(Offset));
}

/// Every character in every place: digits where the form has digits, and its signs elsewhere.
#[test]
fn nothing_but_the_form_is_understood() {
    let time = "1111-11-11T11:11:11Z";
    for (at, right) in time.char_indices() {
        for byte in 0..=127_u8 {
            let other = char::from(byte);
            let mut text = time.to_owned();
            text.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
            let read = text.parse::<DateTime>();
            let in_form = if right.is_ascii_digit() {
                other.is_ascii_digit()
            } else {
                other == right
            };
            let refused_by_form = read == Err(DateTimeError::Form);
            assert_eq!(refused_by_form, !in_form, "{text:?}: {read:?}");
        }
    }
    // As many bytes, but a character of more than one.
    assert_eq!(
        "1111-11-11T11:11:1æ".parse::<DateTime>(),
        Err(DateTimeError::Form)
    );
}
