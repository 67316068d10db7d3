//! Many values of one type, kept in a temporary file: memory holds only where each of them ends.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many bytes are buffered before they are written.
const BUFFERED: usize = 1 << 16;

/// A list that may be larger than memory. Serializes as a list, value by value, and deserializes from one. Takes 8 bytes
/// of memory for each value, and as much of a temporary file as its JSON.
#[derive(Debug)]
pub struct Spool<T> {
    /// The file, from when there is something to write.
    file: Option<File>,
    /// How many bytes are in the file.
    written: u64,
    /// What follows them, and is not written yet.
    buffered: Vec<u8>,
    /// Where each value ends.
    ends: Vec<u64>,
    kind: PhantomData<T>,
}

impl<T> Default for Spool<T> {
    fn default() -> Self {
        Self { file: None, written: 0, buffered: Vec::new(), ends: Vec::new(), kind: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned> Spool<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a value.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub fn push(&mut self, value: &T) -> io::Result<()> {
        let whole = self.buffered.len();
        if let Err(error) = serde_json::to_writer(&mut self.buffered, value) {
            // Half a value would be read as the beginning of the next one.
            self.buffered.truncate(whole);
            return Err(error.into());
        }
        self.ends.push(self.written + self.buffered.len() as u64);
        if self.buffered.len() >= BUFFERED {
            self.write().map_err(|error| explained(&error))?;
        }
        Ok(())
    }

    /// The value at a position, counted from 0.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub fn get(&self, position: usize) -> io::Result<Option<T>> {
        let Some(end) = self.ends.get(position).copied() else { return Ok(None) };
        let start = position.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.read(start, end).map(Some).map_err(|error| explained(&error))
    }

    /// All values, in the order in which they were appended.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<T>> {
        (0..self.len()).filter_map(|position| self.get(position).transpose())
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            // The file has no name: no personal data is left behind, even if the process is killed.
            none => none.insert(tempfile::tempfile()?),
        };
        // A read may have moved the position, and a failed write may have left bytes behind it.
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.buffered)?;
        self.written += self.buffered.len() as u64;
        self.buffered.clear();
        Ok(())
    }

    /// The value between two offsets. A value is buffered as a whole, and written as a whole.
    fn read(&self, start: u64, end: u64) -> io::Result<T> {
        let beyond = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let length = |from: u64, to: u64| usize::try_from(to.saturating_sub(from)).map_err(|_| beyond());
        if let Some(behind) = start.checked_sub(self.written) {
            let from = length(0, behind)?;
            let value = self.buffered.get(from..from + length(start, end)?).ok_or_else(beyond)?;
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

/// A list that is filled while it is read.
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
        /// Every value is read back, in any order, while others are appended, and through JSON.
        #[test]
        fn every_value_is_read_back(values in prop::collection::vec(("\\PC{0,40}", 0usize..30_000), 0..40)) {
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
    fn other_json_is_refused() {
        let refused = serde_json::from_str::<Spool<u8>>("[1, \"two\"]").expect_err("no number");
        assert_eq!(refused.to_string(), "invalid type: string \"two\", expected u8 at line 1 column 9");
        assert!(serde_json::from_str::<Spool<u8>>("{}").is_err());
    }
}
