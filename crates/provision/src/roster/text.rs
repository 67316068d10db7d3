//! The text of a roster, whatever a spreadsheet or a directory encoded it in.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write};

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::files::Hasher;

/// The most bytes of a roster: far more than a million users have.
const LARGEST: u64 = 1 << 30;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Text, now in UTF-8.
    Text { file: File, encoding: &'static str },
    /// A workbook of Excel.
    Workbook(File),
}

impl Content {
    /// The name of the encoding of a text.
    pub(super) fn encoding(&self) -> Option<&'static str> {
        match self {
            Self::Text { encoding, .. } => Some(encoding),
            Self::Workbook(_) => None,
        }
    }
}

/// Copies a roster into a file of its own, so that a pipe can be read more than once, and finds out what it holds. Returns
/// its SHA-256 too.
pub(super) fn open(source: impl Read, encoding: Option<&str>) -> Result<(Content, String), String> {
    let mut file = tempfile::tempfile().map_err(|error| cannot(&error))?;
    let mut hasher = Hasher::default();
    let mut source = source.take(LARGEST + 1);
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let read = source.read(&mut buffer).map_err(|error| cannot(&error))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        file.write_all(bytes).map_err(|error| cannot(&error))?;
        length += bytes.len() as u64;
    }
    if length > LARGEST {
        return Err(format!("it is larger than {} GiB", LARGEST >> 30));
    }
    let content = decode(file, encoding)?;
    Ok((content, hasher.finish()))
}

fn decode(mut file: File, encoding: Option<&str>) -> Result<Content, String> {
    let mut beginning = Vec::new();
    file.rewind().and_then(|()| (&file).take(1024).read_to_end(&mut beginning)).map_err(|error| cannot(&error))?;
    file.rewind().map_err(|error| cannot(&error))?;
    match beginning.as_slice() {
        [b'P', b'K', 3, 4, ..] => return Ok(Content::Workbook(file)),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            return Err("it is a workbook in the format of Excel 97; save it as .xlsx or as CSV".to_owned());
        }
        _ => {}
    }
    let by_label = encoding.and_then(|label| Encoding::for_label(label.as_bytes()));
    let by_mark = Encoding::for_bom(&beginning).map(|(encoding, _)| encoding);
    let encoding = match by_mark.or(by_label).or_else(|| wide(&beginning)) {
        Some(encoding) => encoding,
        None => narrow(&file)?,
    };
    file.rewind().map_err(|error| cannot(&error))?;
    let file = if encoding == UTF_8 { file } else { transcode(&file, encoding)? };
    skip_mark(&file).map_err(|error| cannot(&error))?;
    Ok(Content::Text { file, encoding: encoding.name() })
}

/// UTF-16 without a byte order mark, in which every second byte of ASCII is zero.
fn wide(beginning: &[u8]) -> Option<&'static Encoding> {
    let zeros = |parity: usize| beginning.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let half = beginning.len() / 4;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > half => Some(UTF_16LE),
        (even, 0) if even > half => Some(UTF_16BE),
        _ => None,
    }
}

/// UTF-8, or what spreadsheets in western Europe and America write where it cannot be that.
fn narrow(file: &File) -> Result<&'static Encoding, String> {
    let mut text = Vec::new();
    let (mut is_wrong, mut has_right, mut line, mut wrong_line) = (false, false, 1_u64, 0);
    let mut source = BufReader::with_capacity(1 << 16, file);
    loop {
        text.clear();
        // Lines are checked one by one, so that a character is never cut.
        let read = io::BufRead::read_until(&mut (&mut source).take(1 << 20), b'\n', &mut text)
            .map_err(|error| cannot(&error))?;
        if read == 0 {
            break;
        }
        match std::str::from_utf8(&text) {
            Ok(text) => has_right |= !text.is_ascii(),
            // A line of a mebibyte may end within a character.
            Err(error) if error.error_len().is_none() && read == 1 << 20 => {}
            Err(_) => {
                if !is_wrong {
                    wrong_line = line;
                }
                is_wrong = true;
            }
        }
        line += u64::from(text.ends_with(b"\n"));
    }
    match (is_wrong, has_right) {
        (false, _) => Ok(UTF_8),
        (true, false) => Ok(WINDOWS_1252),
        // The other encoding would spoil the lines that are UTF-8.
        (true, true) => {
            Err(format!("line {wrong_line}: it is not UTF-8, as other lines are; set `encoding` in --config"))
        }
    }
}

/// A copy in UTF-8.
fn transcode(source: &File, encoding: &'static Encoding) -> Result<File, String> {
    let target = tempfile::tempfile().map_err(|error| cannot(&error))?;
    let mut out = BufWriter::new(&target);
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut bytes, mut text) = (vec![0; 1 << 15], vec![0; 1 << 17]);
    let mut source = BufReader::new(source);
    let mut lines = 1;
    loop {
        let length = source.read(&mut bytes).map_err(|error| cannot(&error))?;
        let mut rest = bytes.get(..length).unwrap_or_default();
        loop {
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(rest, &mut text, length == 0);
            let part = text.get(..written).unwrap_or_default();
            lines += part.split(|byte| *byte == b'\n').count() - 1;
            out.write_all(part).map_err(|error| cannot(&error))?;
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => return Err(format!("line {lines}: it is not {}", encoding.name())),
            }
        }
        if length == 0 {
            break;
        }
    }
    out.flush().map_err(|error| cannot(&error))?;
    drop(out);
    (&target).rewind().map_err(|error| cannot(&error))?;
    Ok(target)
}

/// Leaves the file after the byte order mark that some programs write before UTF-8.
fn skip_mark(mut file: &File) -> io::Result<()> {
    let mut beginning = Vec::new();
    file.take(3).read_to_end(&mut beginning)?;
    let start = if beginning == b"\xEF\xBB\xBF" { 3 } else { 0 };
    file.seek(io::SeekFrom::Start(start)).map(drop)
}

fn cannot(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], label: Option<&str>) -> Result<(String, &'static str), String> {
        match open(bytes, label)?.0 {
            Content::Text { mut file, encoding } => {
                let mut text = String::new();
                file.read_to_string(&mut text).expect("UTF-8");
                Ok((text, encoding))
            }
            Content::Workbook(_) => Err("a workbook".to_owned()),
        }
    }

    #[test]
    fn an_encoding_is_detected() {
        let utf16 = |text: &str, is_little: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() })
                .collect()
        };
        let sample = "email;name\r\nzoë@example.com;Zoë\r\n";
        for (bytes, encoding) in [
            (sample.as_bytes().to_vec(), "UTF-8"),
            ([b"\xEF\xBB\xBF", sample.as_bytes()].concat(), "UTF-8"),
            ([b"\xFF\xFE".to_vec(), utf16(sample, true)].concat(), "UTF-16LE"),
            ([b"\xFE\xFF".to_vec(), utf16(sample, false)].concat(), "UTF-16BE"),
            (utf16(sample, true), "UTF-16LE"),
            (utf16(sample, false), "UTF-16BE"),
            (WINDOWS_1252.encode(sample).0.into_owned(), "windows-1252"),
        ] {
            assert_eq!(text(&bytes, None), Ok((sample.to_owned(), encoding)), "{encoding}");
        }
        let mac = encoding_rs::MACINTOSH.encode(sample).0.into_owned();
        assert_eq!(text(&mac, Some("macintosh")), Ok((sample.to_owned(), "macintosh")));
    }

    #[test]
    fn a_file_that_is_half_utf8_is_refused_with_the_line() {
        let error = text(b"email\nzo\xC3\xAB@example.com\nzo\xEB@example.com\n", None).expect_err("both");
        assert!(error.starts_with("line 3: it is not UTF-8"), "{error}");
        let error = text(b"\xFF\xFEe\0m\0\n\0\0\xD8x\0", None).expect_err("half a pair");
        assert_eq!(error, "line 2: it is not UTF-16LE");
        let error = text(b"\xD0\xCF\x11\xE0\xA1\xB1", None).expect_err("too old");
        assert!(error.contains("save it as .xlsx"), "{error}");
    }
}
