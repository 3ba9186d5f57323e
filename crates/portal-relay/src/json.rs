//! Reading stored and delivered values. They hold references, and errors show no value: they name fields and
//! types only.

/// Implements `Deserialize` of a struct by a form of the same fields, whose errors show no value.
macro_rules! read_fields {
    ($type:ident { $($(#[$attribute:meta])* $field:ident: $kind:ty,)* }) => {
        const _: () = {
            #[derive(serde::Deserialize)]
            struct Form {
                $($(#[$attribute])* $field: $kind,)*
            }

            impl<'de> serde::Deserialize<'de> for $type {
                fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                    let form: Form = portal_model::json::without_values(source)?;
                    Ok(Self { $($field: form.$field,)* })
                }
            }
        };
    };
}

/// Implements `Deserialize` by `TryFrom<String>`, by errors that show no value.
macro_rules! read_text {
    ($type:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text: String = portal_model::json::without_values(source)?;
                Self::try_from(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use {read_fields, read_text};
