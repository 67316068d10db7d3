//! Many values of one kind, kept in a temporary file: what stands in memory is where each of them begins.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many bytes are gathered before they are written.
const GATHERED: usize = 1 << 16;

/// A list that may be longer than memory. It serialises as a list, and from one, value by value.
#[derive(Debug)]
pub(crate) struct Spool<T> {
    /// The file, from when there is something to write.
    file: Option<File>,
    /// How many bytes are in the file.
    written: u64,
    /// What is behind them, and not written yet.
    gathered: Vec<u8>,
    /// Where each value ends.
    ends: Vec<u64>,
    kind: PhantomData<T>,
}

impl<T> Default for Spool<T> {
    fn default() -> Self {
        Self { file: None, written: 0, gathered: Vec::new(), ends: Vec::new(), kind: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned> Spool<T> {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Keeps a value behind all others.
    pub(crate) fn push(&mut self, value: &T) -> io::Result<()> {
        let whole = self.gathered.len();
        if let Err(error) = serde_json::to_writer(&mut self.gathered, value) {
            self.gathered.truncate(whole);
            return Err(error.into());
        }
        self.ends.push(self.written + self.gathered.len() as u64);
        if self.gathered.len() >= GATHERED {
            self.write().map_err(|error| explained(&error))?;
        }
        Ok(())
    }

    /// The value at a place, counted from 0.
    pub(crate) fn get(&self, place: usize) -> io::Result<Option<T>> {
        let Some(end) = self.ends.get(place).copied() else { return Ok(None) };
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.read(start, end).map(Some).map_err(|error| explained(&error))
    }

    /// All values, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = io::Result<T>> {
        (0..self.len()).filter_map(|place| self.get(place).transpose())
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.gathered)?;
        self.written += self.gathered.len() as u64;
        self.gathered.clear();
        Ok(())
    }

    /// The value between two places of all that was ever kept. A value is gathered as a whole, and written as a whole.
    fn read(&self, start: u64, end: u64) -> io::Result<T> {
        let beyond = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = |from: u64, to: u64| usize::try_from(to.saturating_sub(from)).map_err(|_| beyond());
        if let Some(behind) = start.checked_sub(self.written) {
            let from = length(0, behind)?;
            let value = self.gathered.get(from..from + length(start, end)?).ok_or_else(beyond)?;
            return Ok(serde_json::from_slice(value)?);
        }
        let mut file = self.file.as_ref().ok_or_else(beyond)?;
        let mut value = vec![0; length(start, end)?];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut value)?;
        Ok(serde_json::from_slice(&value)?)
    }
}

fn explained(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the temporary file: {error}"))
}

impl<T: Serialize + DeserializeOwned> Serialize for Spool<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for value in self.iter() {
            list.serialize_element(&value.map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

impl<'de, T: Serialize + DeserializeOwned> Deserialize<'de> for Spool<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Filling(Self::default()))
    }
}

/// A list that is filled as it is read.
struct Filling<T>(Spool<T>);

impl<'de, T: Serialize + DeserializeOwned> Visitor<'de> for Filling<T> {
    type Value = Spool<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<Spool<T>, A::Error> {
        while let Some(value) = values.next_element()? {
            self.0.push(&value).map_err(serde::de::Error::custom)?;
        }
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever was kept is there, wherever it stands: read in the middle, in any order, through JSON and back.
        #[test]
        fn everything_is_found_again(values in prop::collection::vec(("\\PC{0,40}", 0usize..30_000), 0..40)) {
            let mut spool = Spool::default();
            let mut kept: Vec<(String, String)> = Vec::new();
            for (text, length) in values {
                let value = (text, "x".repeat(length));
                spool.push(&value).expect("kept");
                kept.push(value);
                let middle = kept.len() / 2;
                prop_assert_eq!(spool.get(middle).expect("read"), kept.get(middle).cloned());
            }
            prop_assert_eq!(spool.get(kept.len()).expect("read"), None);
            let json = serde_json::to_vec(&spool).expect("JSON");
            let again: Spool<(String, String)> = serde_json::from_reader(json.as_slice()).expect("a list");
            let again: Vec<_> = again.iter().collect::<Result<_, _>>().expect("read");
            prop_assert_eq!(again, kept);
        }
    }

    #[test]
    fn what_is_no_list_of_such_values_is_refused() {
        let refused = serde_json::from_str::<Spool<u8>>("[1, \"two\"]").expect_err("no number");
        assert_eq!(refused.to_string(), "invalid type: string \"two\", expected u8 at line 1 column 9");
        assert!(serde_json::from_str::<Spool<u8>>("{}").is_err());
    }
}
