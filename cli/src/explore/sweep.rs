//! Which values a parameter takes, and the points of all of them together.
use std::fmt;
use std::str::FromStr;

/// Most points of a sweep: beyond it, it is a slip.
const MOST: usize = 100_000;

/// One parameter and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Without dashes in front.
    pub key: String,
    /// As they stand on a command line.
    pub values: Vec<String>,
}

impl FromStr for Sweep {
    type Err = String;

    /// `key=a,b,c` or `key=from..to:step`, both ends included; a list may hold ranges.
    fn from_str(text: &str) -> Result<Self, String> {
        let legal = "write e.g. freq=100..500:50 or acc=exact,e6m5";
        let (key, list) = text.split_once('=').ok_or_else(|| format!("no '=' in it; {legal}"))?;
        let key = key.trim().trim_start_matches('-').to_owned();
        if key.is_empty() {
            return Err(format!("no parameter in front of the '='; {legal}"));
        }
        let mut values: Vec<String> = Vec::new();
        for item in list.split(',').map(str::trim) {
            match item.split_once("..") {
                Some((from, rest)) => range(from, rest, &mut values).map_err(|e| format!("{e}; {legal}"))?,
                None if item.is_empty() => return Err(format!("an empty value; {legal}")),
                None => values.push(item.into()),
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = values.iter().find(|v| !seen.insert(v.as_str())) {
            return Err(format!("{twice} stands there twice"));
        }
        Ok(Sweep { key, values })
    }
}

/// A decimal number as an integer and its places: steps are added without error.
fn decimal(text: &str) -> Result<(i64, usize), String> {
    let places = text.split_once('.').map_or(0, |(_, p)| p.len());
    let number = text.replacen('.', "", 1).parse().ok().filter(|_| places <= 6);
    number.map(|n| (n, places)).ok_or_else(|| format!("'{text}' is not a number"))
}

fn range(from: &str, rest: &str, values: &mut Vec<String>) -> Result<(), String> {
    let (to, step) = rest.split_once(':').unwrap_or((rest, "1"));
    let all = [decimal(from)?, decimal(to)?, decimal(step)?];
    let places = all.iter().map(|d| d.1).max().unwrap_or(0);
    let [from, to, step] =
        all.map(|(n, p)| n.saturating_mul(10_i64.pow(u32::try_from(places - p).unwrap_or(0))));
    if step <= 0 || to < from {
        return Err("a range goes up from its first number by a positive step".into());
    }
    if (to - from) / step >= MOST as i64 {
        return Err(format!("more than {MOST} values"));
    }
    values.extend((0..=(to - from) / step).map(|k| {
        let n = from + k * step;
        if places == 0 {
            return n.to_string();
        }
        let one = 10_i64.pow(u32::try_from(places).unwrap_or(0));
        let sign = if n < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:0places$}", n.abs() / one, n.abs() % one);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }));
    Ok(())
}

/// One combination of values, in the order of the sweeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its number in the whole sweep, from 0.
    pub index: usize,
    /// Parameter and value.
    pub values: Vec<(String, String)>,
}

/// All combinations, the last parameter changing fastest.
///
/// # Errors
/// A parameter is there twice, or there are too many points.
pub fn points(sweeps: &[Sweep]) -> Result<Vec<Point>, String> {
    for (k, s) in sweeps.iter().enumerate() {
        if sweeps[..k].iter().any(|t| t.key == s.key) {
            return Err(format!("--sweep {}: stands there twice; give all its values at once", s.key));
        }
    }
    let count = sweeps.iter().try_fold(1usize, |n, s| n.checked_mul(s.values.len()));
    let count = count.filter(|n| *n <= MOST).ok_or_else(|| format!("--sweep: more than {MOST} points"))?;
    let point = |index: usize| {
        let mut rest = index;
        let mut values: Vec<_> = sweeps
            .iter()
            .rev()
            .map(|s| {
                let value = s.values[rest % s.values.len()].clone();
                rest /= s.values.len();
                (s.key.clone(), value)
            })
            .collect();
        values.reverse();
        Point { index, values }
    };
    Ok((0..count).map(point).collect())
}

/// Every `of`-th point, from point `number - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// Whether a point belongs to it.
    pub fn holds(self, point: &Point) -> bool {
        point.index % self.of == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parsed {
            Some((number, of)) if number >= 1 && number <= of && of <= MOST => Ok(Shard { number, of }),
            _ => Err("write I/N with I from 1 to N, e.g. 2/8".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_sweep() {
        let values = |t: &str| t.parse::<Sweep>().map(|s| s.values.join(" "));
        assert_eq!(values("freq=100..500:100"), Ok("100 200 300 400 500".into()));
        assert_eq!(values("freq=100..499:100"), Ok("100 200 300 400".into()));
        assert_eq!(values("--we=2..4"), Ok("2 3 4".into()));
        assert_eq!(values("freq=0.5..1.25:0.25"), Ok("0.5 0.75 1 1.25".into()));
        assert_eq!(values("wf=-1..1"), Ok("-1 0 1".into()));
        assert_eq!(values("acc=exact, e6m5"), Ok("exact e6m5".into()));
        assert_eq!(values("terms=1,16..48:16"), Ok("1 16 32 48".into()));
        for bad in [
            "freq",
            "=1",
            "freq=",
            "freq=1,,2",
            "freq=5..1",
            "freq=1..5:0",
            "freq=a..b",
            "a=1,1",
            "a=0..9e9",
            "a=0..1000000",
        ] {
            assert!(values(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shards_are_a_partition() {
        let sweeps = ["a=1..3", "b=x,y"].map(|s| s.parse().unwrap());
        let all = points(&sweeps).unwrap();
        let text = |p: &Point| p.values.iter().map(|(k, v)| format!("{k}{v}")).collect::<String>();
        assert_eq!(
            all.iter().map(text).collect::<Vec<_>>(),
            ["a1bx", "a1by", "a2bx", "a2by", "a3bx", "a3by"]
        );
        let shards: Vec<Shard> = (1..=4).map(|i| format!("{i}/4").parse().unwrap()).collect();
        for p in &all {
            assert_eq!(shards.iter().filter(|s| s.holds(p)).count(), 1);
        }
        assert!(["0/4", "5/4", "1", "a/b", "/", "1/0"].iter().all(|s| s.parse::<Shard>().is_err()));
        assert!(points(&["a=1", "a=2"].map(|s| s.parse().unwrap())).is_err());
    }
}
