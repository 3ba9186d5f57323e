//! Valid values of every type for property tests: `proptest`'s `Arbitrary`.

use proptest::arbitrary::{Arbitrary, any};
use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy};

use crate::enumeration::Enumeration;
use crate::facet::is_xml_character;
use crate::number::Number;
use crate::text::Text;
use crate::{Bounded, DateTime, SignerStatus};

/// Lengths of texts without a limit of their own stay below this.
const LONGEST_FREE_TEXT: usize = 60;

/// Gives a type `Arbitrary` by a function that makes a strategy.
macro_rules! arbitrary_by {
    ($type:ty, $strategy:expr) => {
        impl proptest::arbitrary::Arbitrary for $type {
            type Parameters = ();
            type Strategy = proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> Self::Strategy {
                $strategy
            }
        }
    };
}
pub(crate) use arbitrary_by;

/// Characters that XML can hold, with many of those that need care: markup, white space, line ends,
/// Norwegian letters and characters beyond the basic plane.
fn character() -> impl Strategy<Value = char> {
    let delicate = "&<>\"'];-\t\n\r \u{85}\u{a0}\u{2028}æøåÆØÅé\u{301}\u{7f}\u{fffd}𝄞";
    prop_oneof![
        6 => proptest::char::range('a', 'z'),
        2 => proptest::char::range('0', '9'),
        3 => select(delicate.chars().collect::<Vec<_>>()),
        1 => any::<char>().prop_map(|c| if is_xml_character(c) { c } else { '?' }),
    ]
}

fn text_of(least: usize, greatest: usize) -> BoxedStrategy<String> {
    let usual = greatest.min(least + 20);
    let characters = prop_oneof![
        8 => vec(character(), least..=usual),
        1 => vec(character(), greatest),
        1 => vec(character(), least),
    ];
    characters.prop_map(String::from_iter).boxed()
}

/// A text that the schema does not limit.
pub(crate) fn free_text() -> BoxedStrategy<String> {
    text_of(0, LONGEST_FREE_TEXT)
}

pub(crate) fn text<T: Text + std::fmt::Debug + 'static>() -> BoxedStrategy<T> {
    let facets = T::FACETS;
    let strategy = match facets.pattern {
        Some(pattern) => vec(proptest::char::range('0', '9'), pattern.digits)
            .prop_map(String::from_iter)
            .boxed(),
        None => {
            let greatest = facets
                .max_length
                .min(facets.min_length.max(LONGEST_FREE_TEXT));
            // Lengths up to the limit itself where there is one.
            let limit = if facets.max_length == usize::MAX {
                greatest
            } else {
                facets.max_length
            };
            text_of(facets.min_length, limit)
        }
    };
    strategy.prop_map(T::wrap).boxed()
}

pub(crate) fn number<T: Number + std::fmt::Debug + 'static>() -> BoxedStrategy<T> {
    let (least, greatest) = T::LIMITS;
    (least..=greatest)
        .prop_filter_map("beyond the base type", T::wrap)
        .boxed()
}

pub(crate) fn enumeration<T: Enumeration + std::fmt::Debug>() -> BoxedStrategy<T> {
    let values = T::VALUES.iter().filter_map(|value| T::from_value(value));
    select(values.collect::<Vec<_>>()).boxed()
}

/// An optional part.
pub(crate) fn maybe<T: Arbitrary + Clone + 'static>() -> BoxedStrategy<Option<T>> {
    proptest::option::of(any::<T>()).boxed()
}

impl<T: Arbitrary + Clone + 'static, const MIN: usize, const MAX: usize> Arbitrary
    for Bounded<T, MIN, MAX>
{
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let few = MAX.min(MIN + 2);
        prop_oneof![
            8 => vec(any::<T>(), MIN..=few),
            1 => vec(any::<T>(), MAX),
        ]
        .prop_map(Self::unchecked)
        .boxed()
    }
}

arbitrary_by!(DateTime, date_time());

fn date_time() -> BoxedStrategy<DateTime> {
    // Years 2 to 9998, so that no offset leads out of the years 1 to 9999.
    let seconds = -62_104_060_800_i64..253_370_764_800;
    let nanoseconds = prop_oneof![Just(0), 0..1_000_000_000_i32];
    let offset_minutes = prop_oneof![
        Just(Some(0)),
        Just(Some(60)),
        (-840..=840_i32).prop_map(Some),
        Just(None),
    ];
    let parts = (seconds, nanoseconds, offset_minutes);
    let times = parts.prop_filter_map(
        "not within the range of times",
        |(seconds, nanoseconds, minutes)| {
            let timestamp = jiff::Timestamp::new(seconds, nanoseconds).ok()?;
            let Some(minutes) = minutes else {
                let local = jiff::tz::Offset::UTC.to_datetime(timestamp);
                return DateTime::without_offset(local).ok();
            };
            let offset = jiff::tz::Offset::from_seconds(minutes * 60).ok()?;
            DateTime::new(timestamp, offset).ok()
        },
    );
    // Without an offset a time is written as it was read.
    let as_read = [
        "2017-01-23T12:51:43.100",
        "2017-01-23T24:00:00",
        "2017-01-23T12:51:43.0",
    ];
    let as_read = as_read.iter().filter_map(|text| text.parse().ok());
    prop_oneof![9 => times, 1 => select(as_read.collect::<Vec<DateTime>>())].boxed()
}

arbitrary_by!(SignerStatus, signer_status());

fn signer_status() -> BoxedStrategy<SignerStatus> {
    prop_oneof![
        4 => select(SignerStatus::KNOWN.to_vec()),
        1 => free_text().prop_map(SignerStatus::unchecked),
    ]
    .boxed()
}
