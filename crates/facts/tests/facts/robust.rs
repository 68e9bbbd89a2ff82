//! Mutants: no input makes the reader panic, run on, or answer more than the input can hold.

use std::time::{Duration, Instant};

use crate::exercise;
use crate::sample::{self, Hashes, Sample};
use sayso_facts::elf::{Class, Endian, Image, dt, em, pt};

/// xorshift64*: the same mutants on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let roll = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        roll as usize % sides.max(1)
    }
}

/// Values that offsets, sizes and counts go wrong at.
const EDGES: &[u64] = &[
    0,
    1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    u64::MAX,
    u64::MAX - 7,
    1 << 63,
    0x1000,
    0x10000,
];

fn mutate(file: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(6) {
        if file.is_empty() {
            return;
        }
        let at = dice.roll(file.len());
        match dice.roll(5) {
            0 => file[at] ^= 1 << dice.roll(8),
            1 => file[at] = dice.roll(256) as u8,
            2 => {
                let edge = EDGES[dice.roll(EDGES.len())].to_le_bytes();
                for (place, byte) in file[at & !7..].iter_mut().zip(edge) {
                    *place = byte;
                }
            }
            3 => {
                let from = dice.roll(file.len());
                let size = dice.roll(64).min(file.len() - at.max(from));
                file.copy_within(from..from + size, at);
            }
            _ if dice.roll(8) == 0 => file.truncate(at),
            _ => {}
        }
    }
}

fn mutants(seed: &[u8], count: usize) {
    mutants_for(seed, count, |file| {
        exercise::elf_image(file);
        exercise::shebang(file);
    });
}

fn mutants_for(seed: &[u8], count: usize, exercise: impl Fn(&[u8])) {
    let mut dice = Dice(0x5eed_0000_0000_0001 ^ seed.len() as u64);
    for _ in 0..count {
        let mut file = seed.to_vec();
        mutate(&mut file, &mut dice);
        exercise(&file);
    }
}

#[test]
fn mutants_of_hand_made_files() {
    for class in [Class::Elf32, Class::Elf64] {
        for endian in [Endian::Little, Endian::Big] {
            for hashes in [Hashes::Gnu, Hashes::Sysv] {
                let machine = if class == Class::Elf64 {
                    em::MIPS
                } else {
                    em::I386
                };
                mutants(
                    &Sample {
                        class,
                        endian,
                        machine,
                        hashes,
                        plt_shared: true,
                    }
                    .build(),
                    400,
                );
            }
        }
    }
}

#[test]
fn mutants_of_go_programs() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/go_program");
    for seed in std::fs::read_dir(seeds).expect("the seeds") {
        let file = std::fs::read(seed.expect("a seed").path()).expect("a readable seed");
        mutants_for(&file, 1500, exercise::go_program);
        // The tables lie in the last page.
        let tables = file.len().saturating_sub(4096);
        mutants_for(&file[tables..], 500, |tail| {
            exercise::go_program(&[&file[..tables], tail].concat());
        });
    }
}

#[test]
fn every_truncation() {
    let file = Sample::default().build();
    for size in 0..file.len() {
        exercise::elf_image(&file[..size]);
    }
}

#[test]
fn mutants_of_a_real_program() {
    match std::fs::read("/bin/true") {
        Ok(file) => mutants(&file, 300),
        Err(error) => eprintln!("SKIPPED: /bin/true: {error}"),
    }
}

#[test]
fn mutants_of_scripts() {
    let seed = b"#! /usr/bin/env  python3 -E \t\r\nprint('hello')\n";
    let mut dice = Dice(99);
    for _ in 0..5000 {
        let mut file = seed.to_vec();
        mutate(&mut file, &mut dice);
        let blanks = dice.roll(300);
        file.splice(
            2.min(file.len())..2.min(file.len()),
            std::iter::repeat_n(b' ', blanks),
        );
        exercise::shebang(&file);
    }
}

/// Every symbol's name is the whole, unterminated string table: reading all names would cost the square of the size.
#[test]
fn endless_names_cost_no_square() {
    let shape = Sample {
        hashes: Hashes::Gnu,
        ..Sample::default()
    };
    let mut file = shape.build();
    let image = Image::parse(file.clone().into()).unwrap();
    let dynamic = image.segment(pt::DYNAMIC).unwrap().offset as usize;
    let entries = &image.dynamic().unwrap().entries;
    let size = 1 << 20;
    let start = file.len().next_multiple_of(8);
    // Symbols named by string 1, hash words of one endless run, strings without a NUL: a mebibyte each.
    let symbols = 1u32.to_le_bytes().repeat(size / 4);
    let hashes: [u32; 7] = [1, 1, 1, 0, u32::MAX, u32::MAX, 1];
    let mut run: Vec<u8> = hashes.iter().flat_map(|word| word.to_le_bytes()).collect();
    run.extend(2u32.to_le_bytes().repeat(size / 4));
    run.extend(3u32.to_le_bytes());
    file.resize(start, 0);
    for (tag, table) in [
        (dt::SYMTAB, symbols),
        (dt::GNU_HASH, run),
        (dt::STRTAB, vec![b'a'; size]),
    ] {
        let entry = entries.iter().position(|entry| entry.0 == tag).unwrap();
        let address = sample::BASE + file.len() as u64;
        file[dynamic + 16 * entry + 8..][..8].copy_from_slice(&address.to_le_bytes());
        file.extend(table);
    }
    let all = file.len() as u64;
    for at in [32, 40] {
        file[64 + at..][..8].copy_from_slice(&all.to_le_bytes());
    }
    let image = Image::parse(file.into()).unwrap();
    assert!(image.symbol_count() > 40_000);
    assert_eq!(image.string(image.symbol(9).unwrap().name).len(), size - 1);
    let began = Instant::now();
    assert!(!image.anomalies().is_empty());
    // All of them together are 45 GB.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}
