//! Laws of job files, and their schema beside their reader.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "\\PC{0,8}", "[\\x00-\\x1f\"\\\\']{1,3}"]
}

fn contact() -> impl Strategy<Value = Contact> {
    (proptest::option::of(text()), text(), any::<bool>()).prop_map(|(other, one, is_email)| {
        if is_email {
            Contact {
                email: Some(one),
                mobile: other,
            }
        } else {
            Contact {
                email: other,
                mobile: Some(one),
            }
        }
    })
}

fn notify() -> impl Strategy<Value = NotificationEntry> {
    prop_oneof![
        Just(NotificationEntry::Register(Register::Lookup)),
        Just(NotificationEntry::Register(Register::LookupWithSms)),
        contact().prop_map(NotificationEntry::Contact),
    ]
}

fn signer() -> impl Strategy<Value = SignerEntry> {
    let not_empty = "[ -~]{1,12}";
    let address = prop_oneof![
        (text(), notify()).prop_map(|(personal_number, notify)| Address::Number {
            personal_number,
            notify
        }),
        (not_empty, notify()).prop_map(|(personal_number_env, notify)| Address::Variable {
            personal_number_env,
            notify
        }),
        (not_empty, notify()).prop_map(|(personal_number_file, notify)| Address::File {
            personal_number_file,
            notify
        }),
        contact().prop_map(Address::Contact),
    ];
    let kinds = proptest::option::of(prop_oneof![
        Just(FileSignatureType::Advanced),
        Just(FileSignatureType::Authenticated)
    ]);
    let on_behalf_of = proptest::option::of(prop_oneof![
        Just(FileOnBehalfOf::Oneself),
        Just(FileOnBehalfOf::Other)
    ]);
    (address, proptest::option::of(0..10u8), kinds, on_behalf_of).prop_map(
        |(address, order, signature_type, on_behalf_of)| SignerEntry {
            address,
            order,
            signature_type,
            on_behalf_of,
        },
    )
}

fn document() -> impl Strategy<Value = DocumentEntry> {
    let media_type = proptest::option::of(prop_oneof![
        Just(FileMediaType::Pdf),
        Just(FileMediaType::PlainText)
    ]);
    (text(), text(), proptest::option::of(text()), media_type).prop_map(
        |(file, title, name, media_type)| DocumentEntry {
            file,
            title,
            name,
            media_type,
        },
    )
}

fn time() -> impl Strategy<Value = FileTime> {
    let parts = (
        1000..3000u32,
        1..13u32,
        1..29u32,
        0..24u32,
        0..60u32,
        0..14u32,
    );
    (parts, any::<bool>()).prop_map(|((year, month, day, hour, minute, offset), east)| {
        let sign = if east { '+' } else { '-' };
        let text =
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:07{sign}{offset:02}:30");
        let time = text.parse().unwrap();
        FileTime(text, time)
    })
}

prop_compose! {
    fn file()(
        texts in (text(), proptest::option::of(text()), proptest::option::of(text()), proptest::option::of(text())),
        duration in proptest::option::of("[0-9]{1,8}[smhd]"),
        activate_at in proptest::option::of(time()),
        authentication in proptest::option::of(3..5i64),
        show in proptest::option::of(prop_oneof![
            Just(SignedDocumentsShow::PersonalNumberAndName),
            Just(SignedDocumentsShow::DateOfBirthAndName),
            Just(SignedDocumentsShow::Name),
        ]),
        documents in proptest::collection::vec(document(), 0..4),
        signers in proptest::collection::vec(signer(), 0..4),
        sender in proptest::option::of((proptest::option::of(text()), proptest::option::of(text()))),
    ) -> JobFile {
        let (title, description, nonsensitive_title, reference) = texts;
        JobFile {
            portal_job: 1,
            title,
            description,
            nonsensitive_title,
            reference,
            available_for: duration.map(|text| FileDuration::parse(&text).unwrap()),
            activate_at,
            authentication,
            signed_documents_show: show,
            documents,
            signers,
            sender: sender.map(|(organization, queue)| SenderEntry { organization, queue }),
        }
    }
}

/// One change somewhere in a tree of JSON: a value replaced or removed, or a key added.
fn mutated(value: &Value, mut at: usize, change: &Change) -> Value {
    fn visit(value: &mut Value, at: &mut usize, change: &Change) {
        if *at == 0 {
            *at = usize::MAX;
            match change {
                Change::Replace(by) => *value = by.clone(),
                Change::Add(key, by) => match value {
                    Value::Object(map) => {
                        map.insert(key.clone(), by.clone());
                    }
                    Value::Array(list) => list.push(by.clone()),
                    _ => {}
                },
                Change::Remove(index) => match value {
                    Value::Object(map) if !map.is_empty() => {
                        let key = map.keys().nth(index % map.len()).unwrap().clone();
                        map.remove(&key);
                    }
                    Value::Array(list) if !list.is_empty() => {
                        list.remove(index % list.len());
                    }
                    _ => {}
                },
            }
            return;
        }
        *at -= 1;
        match value {
            Value::Object(map) => map.values_mut().for_each(|value| visit(value, at, change)),
            Value::Array(list) => list.iter_mut().for_each(|value| visit(value, at, change)),
            _ => {}
        }
    }
    let mut value = value.clone();
    visit(&mut value, &mut at, change);
    value
}

#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Add(String, Value),
    Remove(usize),
}

fn json_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..12i64).prop_map(Value::from),
        Just(json!(1.0)),
        Just(json!(1.5)),
        Just(json!(1e30)),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"email": "signer@example.com"})),
        Just(json!({"mobile": 1})),
        "[a-z]{0,3}".prop_map(Value::from),
        "[0-9]{1,9}[smhdw]?".prop_map(Value::from),
        "(0000|1999|2026|3000)-0[012]-(28|29|30|31)(T|t| )(00|23|24):00:(00|59|60)(\\.5)?(Z|z|\\+01:00|\\+14:00|-13:59|)"
            .prop_map(Value::from),
        proptest::sample::select(vec!["lookup", "advanced", "self", "name", "text/plain"])
            .prop_map(Value::from),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let keys = proptest::sample::select(vec![
        "title",
        "email",
        "mobile",
        "notify",
        "personal-number",
        "personal-number-env",
        "personal-number-file",
        "order",
        "available-for",
        "activate-at",
        "authentication",
        "sender",
        "document",
        "signer",
        "queue",
        "name",
        "media-type",
        "titel",
        "on-behalf-of",
        "portal-job",
        "signed-documents-show",
        "signature-type",
    ]);
    prop_oneof![
        json_value().prop_map(Change::Replace),
        (keys, json_value()).prop_map(|(key, value)| Change::Add(key.to_owned(), value)),
        any::<usize>().prop_map(Change::Remove),
    ]
}

fn validator() -> &'static jsonschema::Validator {
    static VALIDATOR: std::sync::OnceLock<jsonschema::Validator> = std::sync::OnceLock::new();
    VALIDATOR.get_or_init(|| {
        jsonschema::options()
            .should_validate_formats(true)
            .build(&serde_json::from_str(&JobFile::schema()).unwrap())
            .unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_job_survives_the_round_trip(file in file()) {
        let toml = toml::to_string(&file).unwrap();
        prop_assert!(JobFile::from_toml(&toml).unwrap() == file, "{toml}");
        let json = serde_json::to_string(&file).unwrap();
        prop_assert!(JobFile::from_json(&json).unwrap() == file, "{json}");
        prop_assert!(JobFile::from_text(&json).unwrap() == file);
        let value = serde_json::to_value(&file).unwrap();
        prop_assert!(validator().is_valid(&value), "{value}");
        prop_assert!(serde_json::from_value::<JobFile>(value).unwrap() == file);
    }

    #[test]
    fn what_the_schema_allows_is_read_and_nothing_else(
        file in file(),
        changes in proptest::collection::vec((0..40usize, change()), 1..4),
    ) {
        let mut value = serde_json::to_value(&file).unwrap();
        for (at, change) in &changes {
            value = mutated(&value, *at, change);
        }
        let read = JobFile::from_json(&value.to_string());
        prop_assert_eq!(read.is_ok(), validator().is_valid(&value), "{} {:?}", value, read);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*", cut in 0..400usize) {
        let _ = JobFile::from_text(&text);
        let start: String = SAMPLE.chars().take(cut).collect();
        let _ = JobFile::from_text(&(start + &text));
    }
}
