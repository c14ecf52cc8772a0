//! Ports of streaming cores.
use holigen_verif::interface::{Direction, Encoding, Kind, Port};

/// A port.
pub fn port(name: &str, direction: Direction, width: u32, kind: Kind, text: &str) -> Port {
    Port {
        name: name.into(),
        direction,
        width,
        elements: 1,
        kind,
        encoding: Encoding::Bits,
        description: text.into(),
    }
}

/// The ports of an input stream, whose words are called `what`.
pub fn stream_in(prefix: &str, width: u32, what: &str) -> Vec<Port> {
    use Direction::{Input, Output};
    let named = |end: &str| format!("{prefix}_{end}");
    vec![
        port(&named("valid"), Input, 1, Kind::Valid, &format!("A word of {what} stands there.")),
        port(&named("data"), Input, width, Kind::Data, &format!("A word of {what}.")),
        port(&named("last"), Input, 1, Kind::Last, &format!("The last word of {what}.")),
        port(&named("ready"), Output, 1, Kind::Ready, "The word is taken at this edge."),
    ]
}

/// `start`.
pub fn start(what: &str) -> Port {
    port("start", Direction::Input, 1, Kind::Flag, what)
}

/// `m_ready`.
pub fn ready(what: &str) -> Port {
    let text = format!("The {what} are taken at this edge.");
    port("m_ready", Direction::Input, 1, Kind::Ready, &text)
}

/// The outputs of a stream of `elements` values of `width` bits at a time, which are called `what`; and `error`.
pub fn stream_out(
    width: u32,
    elements: u32,
    encoding: Encoding,
    what: &str,
    last: &str,
    error: &str,
) -> Vec<Port> {
    use Direction::Output;
    let mut initial = what.chars();
    let upper: String = initial.next().into_iter().flat_map(char::to_uppercase).chain(initial).collect();
    let data = port("m_data", Output, width, Kind::Data, &format!("{upper}, the first in the low bits."));
    vec![
        port("m_valid", Output, 1, Kind::Valid, &format!("{upper} stand there, until they are taken.")),
        Port { encoding, ..data }.vector(elements),
        port("m_last", Output, 1, Kind::Last, last),
        port("error", Output, 1, Kind::Flag, error),
    ]
}
