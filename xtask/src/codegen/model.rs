//! The Rust that is to be written: types by kind, in the order in which the documents use them.

/// Everything that is generated.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) texts: Vec<Text>,
    pub(super) numbers: Vec<Number>,
    pub(super) enumerations: Vec<Enumeration>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) choices: Vec<Choice>,
}

impl Model {
    /// The names of the structs and enums that a lenient reading meets.
    pub(super) fn of_responses(&self, roots: &[&str]) -> Vec<String> {
        let is_root = |sequence: &&Sequence| matches!(&sequence.role, Role::Root(root) if roots.contains(&root.as_str()));
        let mut names: Vec<String> = self
            .sequences
            .iter()
            .filter(is_root)
            .map(|sequence| sequence.name.clone())
            .collect();
        let mut index = 0;
        while let Some(name) = names.get(index).cloned() {
            index += 1;
            let fields = self.sequences.iter().find(|known| known.name == name);
            let fields = fields.into_iter().flat_map(|known| &known.fields);
            let choice = self.choices.iter().find(|known| known.name == name);
            let variants = choice.into_iter().flat_map(|known| &known.variants);
            let of_variants = variants.filter_map(|variant| match &variant.payload {
                Payload::Child(name) | Payload::Group(name) => Some(name),
                Payload::Unit | Payload::Fields(_) => None,
            });
            for next in fields.map(|field| &field.rust_type).chain(of_variants) {
                let is_type = self.sequences.iter().any(|known| known.name == *next)
                    || self.choices.iter().any(|known| known.name == *next);
                if is_type && !names.contains(next) {
                    names.push(next.clone());
                }
            }
        }
        names
    }
}

/// A restricted text: a newtype over `String`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) xml: String,
    pub(super) docs: String,
    pub(super) personal: bool,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    /// The pattern `[0-9]{n}`: exactly so many digits.
    pub(super) digits: Option<usize>,
}

/// A whole number: a newtype over `i32` or `i64`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) name: String,
    pub(super) xml: String,
    pub(super) docs: String,
    pub(super) base: Base,
    pub(super) least: Option<i64>,
    pub(super) greatest: Option<i64>,
}

/// What a number is held in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    I32,
    I64,
}

/// A closed list of values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Enumeration {
    pub(super) name: String,
    pub(super) xml: String,
    pub(super) docs: String,
    pub(super) variants: Vec<CodeWord>,
    /// Whether responses may have further values.
    pub(super) open: bool,
}

/// One value of a closed list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CodeWord {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) docs: String,
}

/// A struct with named fields.
#[derive(Debug)]
pub(super) struct Sequence {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) role: Role,
    pub(super) fields: Vec<Field>,
}

/// What a struct or an enum stands for in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The root element of that name.
    Root(String),
    /// The content of an element whose name its parent knows.
    Element,
    /// Elements within the parent, without one of their own.
    Group,
}

/// A field of a struct, or an element that needs no field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) xml: String,
    pub(super) docs: String,
    pub(super) rust_type: String,
    pub(super) place: Place,
}

/// Where a field's value stands in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// An attribute of the element.
    Attribute(Presence),
    /// The text of the element.
    Content,
    /// A child element.
    Child(Presence),
    /// A child element with nothing but one attribute.
    AttributeOf {
        attribute: String,
        presence: Presence,
    },
    /// Child elements of one name.
    List { least: usize, greatest: usize },
    /// A child element with nothing but elements of one name.
    WrappedList {
        item: String,
        least: usize,
        greatest: usize,
    },
    /// An empty child element that may be missing: a `bool`.
    Flag,
    /// An empty child element that is always there: no field.
    Always,
    /// Child elements that stand for a value together; these names can begin or follow.
    Group {
        names: Vec<String>,
        presence: Presence,
    },
}

/// Whether a value must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    /// Required by the schema, but a response may lack it.
    Tolerated,
    /// The same, with an empty value that stands for the absence.
    Absent,
}

impl Field {
    /// The type of the Rust field; `None` when there is no field.
    pub(super) fn field_type(&self) -> Option<String> {
        let inner = &self.rust_type;
        Some(match &self.place {
            Place::Always => return None,
            Place::Flag => "bool".to_owned(),
            Place::List { least, greatest }
            | Place::WrappedList {
                least, greatest, ..
            } => {
                format!("Bounded<{inner}, {least}, {greatest}>")
            }
            _ if self.is_option() => format!("Option<{inner}>"),
            _ => inner.clone(),
        })
    }

    /// Whether the Rust field is an `Option`.
    pub(super) fn is_option(&self) -> bool {
        matches!(
            self.presence(),
            Some(Presence::Optional | Presence::Tolerated)
        )
    }

    pub(super) fn presence(&self) -> Option<Presence> {
        match &self.place {
            Place::Attribute(presence)
            | Place::Child(presence)
            | Place::AttributeOf { presence, .. }
            | Place::Group { presence, .. } => Some(*presence),
            _ => None,
        }
    }
}

/// An enum whose variants are alternatives.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) role: Role,
    pub(super) variants: Vec<Variant>,
}

/// One alternative; the element named `first` tells it from the others.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) first: String,
    pub(super) docs: String,
    pub(super) payload: Payload,
}

/// What a variant holds.
#[derive(Debug)]
pub(super) enum Payload {
    /// An empty element: nothing.
    Unit,
    /// An element: its value.
    Child(String),
    /// Several elements: a struct of their own.
    Group(String),
    /// Elements, each a field of the variant.
    Fields(Vec<Field>),
}
