//! Disks that fill up, tear lines, and forget.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Cursor, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use thought_industries_provision::JournalStorage;

use crate::setup::DiskSetup;

/// The disk of a process. Clones are the same disk.
#[derive(Debug, Clone)]
pub(crate) struct Disk(Arc<Mutex<Platters>>);

#[derive(Debug)]
struct Platters {
    setup: DiskSetup,
    rng: Rng,
    files: BTreeMap<&'static str, Vec<u8>>,
    /// What a power failure loses: the file, and how long it is without it.
    forgettable: Option<(&'static str, usize)>,
    has_power: bool,
}

impl Disk {
    pub(crate) fn new(setup: DiskSetup, seed: u64) -> Self {
        let rng = Rng::with_seed(seed);
        Self(Arc::new(Mutex::new(Platters { setup, rng, files: BTreeMap::new(), forgettable: None, has_power: true })))
    }

    fn platters(&self) -> MutexGuard<'_, Platters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file, which may be new.
    pub(crate) fn file(&self, name: &'static str) -> DiskFile {
        self.platters().files.entry(name).or_default();
        DiskFile { disk: self.clone(), name }
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Vec<u8> {
        self.platters().files.get(name).cloned().unwrap_or_default()
    }

    /// Whether the power failed in the middle of a write: the process does nothing any more.
    pub(crate) fn has_power(&self) -> bool {
        self.platters().has_power
    }

    /// The process ended, and the disk is read anew.
    pub(crate) fn restart(&self) {
        let mut platters = self.platters();
        platters.has_power = true;
        if let Some((name, length)) = platters.forgettable.take()
            && platters.rng.bool()
            && let Some(file) = platters.files.get_mut(name)
        {
            file.truncate(length);
        }
    }

    /// From now on the disk does what it says.
    pub(crate) fn heal(&self) {
        self.platters().setup = DiskSetup::GOOD;
    }
}

/// A file on a [`Disk`].
#[derive(Debug)]
pub(crate) struct DiskFile {
    disk: Disk,
    name: &'static str,
}

impl JournalStorage for DiskFile {
    fn reader(&mut self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(Box::new(Cursor::new(self.disk.bytes(self.name))))
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.disk.bytes(self.name).len() as u64)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut platters = self.disk.platters();
        if !platters.has_power {
            return Err(io::Error::from(ErrorKind::BrokenPipe));
        }
        if let Some(file) = platters.files.get_mut(self.name) {
            file.truncate(length);
        }
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut platters = self.disk.platters();
        if !platters.has_power {
            return Err(io::Error::from(ErrorKind::BrokenPipe));
        }
        let (setup, chance) = (platters.setup, platters.rng.u32(..1_000));
        let fails = chance < setup.full + setup.torn;
        let written = if fails { platters.rng.usize(..bytes.len()) } else { bytes.len() };
        let file = platters.files.entry(self.name).or_default();
        let before = file.len();
        file.extend_from_slice(&bytes[..written]);
        if !fails {
            platters.forgettable = setup.lies.then_some((self.name, before));
            return Ok(());
        }
        let is_torn = chance >= setup.full;
        platters.has_power = !is_torn;
        Err(io::Error::from(if is_torn { ErrorKind::BrokenPipe } else { ErrorKind::StorageFull }))
    }
}
