//! Machines: `e_machine` and what to call them.

use super::{Class, Endian, Header};

/// `e_machine`.
pub mod em {
    /// no machine
    pub const NONE: u16 = 0;
    /// WE32100
    pub const M32: u16 = 1;
    /// SPARC
    pub const SPARC: u16 = 2;
    /// i386
    pub const I386: u16 = 3;
    /// m68k
    pub const M68K: u16 = 4;
    /// m88k
    pub const M88K: u16 = 5;
    /// Intel MCU
    pub const IAMCU: u16 = 6;
    /// i860
    pub const I860: u16 = 7;
    /// MIPS
    pub const MIPS: u16 = 8;
    /// S/370
    pub const S370: u16 = 9;
    /// MIPS RS3000
    pub const MIPS_RS3_LE: u16 = 10;
    /// PA-RISC
    pub const PARISC: u16 = 15;
    /// SPARC v8+
    pub const SPARC32PLUS: u16 = 18;
    /// PowerPC
    pub const PPC: u16 = 20;
    /// PowerPC64
    pub const PPC64: u16 = 21;
    /// S/390
    pub const S390: u16 = 22;
    /// Cell SPU
    pub const SPU: u16 = 23;
    /// M*Core
    pub const RCE: u16 = 39;
    /// ARM
    pub const ARM: u16 = 40;
    /// Alpha (old)
    pub const FAKE_ALPHA: u16 = 41;
    /// SuperH
    pub const SH: u16 = 42;
    /// SPARC v9
    pub const SPARCV9: u16 = 43;
    /// TriCore
    pub const TRICORE: u16 = 44;
    /// ARC
    pub const ARC: u16 = 45;
    /// H8/300
    pub const H8_300: u16 = 46;
    /// H8S
    pub const H8S: u16 = 48;
    /// IA-64
    pub const IA_64: u16 = 50;
    /// MIPS X
    pub const MIPS_X: u16 = 51;
    /// ColdFire
    pub const COLDFIRE: u16 = 52;
    /// 68HC12
    pub const M68HC12: u16 = 53;
    /// x86-64
    pub const X86_64: u16 = 62;
    /// PDP-11
    pub const PDP11: u16 = 65;
    /// 68HC11
    pub const M68HC11: u16 = 70;
    /// VAX
    pub const VAX: u16 = 75;
    /// CRIS
    pub const CRIS: u16 = 76;
    /// MMIX
    pub const MMIX: u16 = 80;
    /// AVR
    pub const AVR: u16 = 83;
    /// FR30
    pub const FR30: u16 = 84;
    /// D10V
    pub const D10V: u16 = 85;
    /// D30V
    pub const D30V: u16 = 86;
    /// V850
    pub const V850: u16 = 87;
    /// M32R
    pub const M32R: u16 = 88;
    /// MN10300
    pub const MN10300: u16 = 89;
    /// MN10200
    pub const MN10200: u16 = 90;
    /// OpenRISC
    pub const OPENRISC: u16 = 92;
    /// ARCompact
    pub const ARC_COMPACT: u16 = 93;
    /// Xtensa
    pub const XTENSA: u16 = 94;
    /// MSP430
    pub const MSP430: u16 = 105;
    /// Blackfin
    pub const BLACKFIN: u16 = 106;
    /// Nios II
    pub const ALTERA_NIOS2: u16 = 113;
    /// CRX
    pub const CRX: u16 = 114;
    /// M16C
    pub const M16C: u16 = 117;
    /// M32C
    pub const M32C: u16 = 120;
    /// Hexagon
    pub const HEXAGON: u16 = 164;
    /// RX
    pub const RX: u16 = 173;
    /// Elbrus
    pub const MCST_ELBRUS: u16 = 175;
    /// Intel L1OM
    pub const L1OM: u16 = 180;
    /// Intel K1OM
    pub const K1OM: u16 = 181;
    /// AArch64
    pub const AARCH64: u16 = 183;
    /// AVR32
    pub const AVR32: u16 = 185;
    /// STM8
    pub const STM8: u16 = 186;
    /// TILE64
    pub const TILE64: u16 = 187;
    /// TILEPro
    pub const TILEPRO: u16 = 188;
    /// MicroBlaze
    pub const MICROBLAZE: u16 = 189;
    /// CUDA
    pub const CUDA: u16 = 190;
    /// TILE-Gx
    pub const TILEGX: u16 = 191;
    /// ARCv2
    pub const ARC_COMPACT2: u16 = 195;
    /// XCORE
    pub const XCORE: u16 = 203;
    /// Z80
    pub const Z80: u16 = 220;
    /// AMD GPU
    pub const AMDGPU: u16 = 224;
    /// RISC-V
    pub const RISCV: u16 = 243;
    /// Lanai
    pub const LANAI: u16 = 244;
    /// BPF
    pub const BPF: u16 = 247;
    /// NEC SX-Aurora
    pub const VE: u16 = 251;
    /// C-SKY
    pub const CSKY: u16 = 252;
    /// ARCv3 64-bit
    pub const ARC_COMPACT3_64: u16 = 253;
    /// ARCv3
    pub const ARC_COMPACT3: u16 = 255;
    /// Kalray KVX
    pub const KVX: u16 = 256;
    /// LoongArch
    pub const LOONGARCH: u16 = 258;
    /// Alpha
    pub const ALPHA: u16 = 0x9026;
}

/// Every known machine with the name that people use, in numeric order.
const NAMES: &[(u16, &str)] = &[
    (em::NONE, "no machine"),
    (em::M32, "WE32100"),
    (em::SPARC, "SPARC"),
    (em::I386, "i386"),
    (em::M68K, "m68k"),
    (em::M88K, "m88k"),
    (em::IAMCU, "Intel MCU"),
    (em::I860, "i860"),
    (em::MIPS, "MIPS"),
    (em::S370, "S/370"),
    (em::MIPS_RS3_LE, "MIPS RS3000"),
    (em::PARISC, "PA-RISC"),
    (em::SPARC32PLUS, "SPARC v8+"),
    (em::PPC, "PowerPC"),
    (em::PPC64, "PowerPC64"),
    (em::S390, "S/390"),
    (em::SPU, "Cell SPU"),
    (em::RCE, "M*Core"),
    (em::ARM, "ARM"),
    (em::FAKE_ALPHA, "Alpha (old)"),
    (em::SH, "SuperH"),
    (em::SPARCV9, "SPARC v9"),
    (em::TRICORE, "TriCore"),
    (em::ARC, "ARC"),
    (em::H8_300, "H8/300"),
    (em::H8S, "H8S"),
    (em::IA_64, "IA-64"),
    (em::MIPS_X, "MIPS X"),
    (em::COLDFIRE, "ColdFire"),
    (em::M68HC12, "68HC12"),
    (em::X86_64, "x86-64"),
    (em::PDP11, "PDP-11"),
    (em::M68HC11, "68HC11"),
    (em::VAX, "VAX"),
    (em::CRIS, "CRIS"),
    (em::MMIX, "MMIX"),
    (em::AVR, "AVR"),
    (em::FR30, "FR30"),
    (em::D10V, "D10V"),
    (em::D30V, "D30V"),
    (em::V850, "V850"),
    (em::M32R, "M32R"),
    (em::MN10300, "MN10300"),
    (em::MN10200, "MN10200"),
    (em::OPENRISC, "OpenRISC"),
    (em::ARC_COMPACT, "ARCompact"),
    (em::XTENSA, "Xtensa"),
    (em::MSP430, "MSP430"),
    (em::BLACKFIN, "Blackfin"),
    (em::ALTERA_NIOS2, "Nios II"),
    (em::CRX, "CRX"),
    (em::M16C, "M16C"),
    (em::M32C, "M32C"),
    (em::HEXAGON, "Hexagon"),
    (em::RX, "RX"),
    (em::MCST_ELBRUS, "Elbrus"),
    (em::L1OM, "Intel L1OM"),
    (em::K1OM, "Intel K1OM"),
    (em::AARCH64, "AArch64"),
    (em::AVR32, "AVR32"),
    (em::STM8, "STM8"),
    (em::TILE64, "TILE64"),
    (em::TILEPRO, "TILEPro"),
    (em::MICROBLAZE, "MicroBlaze"),
    (em::CUDA, "CUDA"),
    (em::TILEGX, "TILE-Gx"),
    (em::ARC_COMPACT2, "ARCv2"),
    (em::XCORE, "XCORE"),
    (em::Z80, "Z80"),
    (em::AMDGPU, "AMD GPU"),
    (em::RISCV, "RISC-V"),
    (em::LANAI, "Lanai"),
    (em::BPF, "BPF"),
    (em::VE, "NEC SX-Aurora"),
    (em::CSKY, "C-SKY"),
    (em::ARC_COMPACT3_64, "ARCv3 64-bit"),
    (em::ARC_COMPACT3, "ARCv3"),
    (em::KVX, "Kalray KVX"),
    (em::LOONGARCH, "LoongArch"),
    (em::ALPHA, "Alpha"),
];

/// The name that people use for a machine: `x86-64`, `AArch64`, `i386`, `RISC-V` …; "unknown machine" for a number
/// without one.
pub fn machine_name(machine: u16) -> &'static str {
    match NAMES.binary_search_by_key(&machine, |&(number, _)| number) {
        Ok(found) => NAMES[found].1,
        Err(_) => "unknown machine",
    }
}

impl Header {
    /// The machine with its word size and byte order where these vary: `x86-64`, `PowerPC64 little-endian`, `RISC-V 64-bit`.
    pub fn machine_description(&self) -> String {
        let name = machine_name(self.machine);
        let bits = match self.class {
            Class::Elf32 => 32,
            Class::Elf64 => 64,
        };
        let order = match self.endian {
            Endian::Little => "little-endian",
            Endian::Big => "big-endian",
        };
        match self.machine {
            em::MIPS => format!("{name} {bits}-bit {order}"),
            em::RISCV | em::LOONGARCH | em::S390 => format!("{name} {bits}-bit"),
            em::X86_64 if bits == 32 => "x32".to_owned(),
            em::PPC64 | em::ARM | em::AARCH64 | em::ARC | em::SH => {
                match (self.endian, self.machine) {
                    (Endian::Big, em::PPC64) | (Endian::Little, em::ARM | em::AARCH64 | em::SH) => {
                        name.to_owned()
                    }
                    _ => format!("{name} {order}"),
                }
            }
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(machine_name(em::X86_64), "x86-64");
        assert_eq!(machine_name(em::ALPHA), "Alpha");
        assert_eq!(machine_name(12345), "unknown machine");
    }

    #[test]
    fn descriptions_say_what_varies() {
        let describe = |machine: u16, class: u8, data: u8| {
            let mut file = vec![0u8; 64];
            file[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, data, 1]);
            let number = machine.to_le_bytes();
            file[18..20].copy_from_slice(&if data == 1 {
                number
            } else {
                machine.to_be_bytes()
            });
            Header::read(&file).unwrap().machine_description()
        };
        assert_eq!(describe(em::X86_64, 2, 1), "x86-64");
        assert_eq!(describe(em::X86_64, 1, 1), "x32");
        assert_eq!(describe(em::I386, 1, 1), "i386");
        assert_eq!(describe(em::PPC64, 2, 2), "PowerPC64");
        assert_eq!(describe(em::PPC64, 2, 1), "PowerPC64 little-endian");
        assert_eq!(describe(em::ARM, 1, 2), "ARM big-endian");
        assert_eq!(describe(em::AARCH64, 2, 1), "AArch64");
        assert_eq!(describe(em::MIPS, 2, 1), "MIPS 64-bit little-endian");
        assert_eq!(describe(em::RISCV, 1, 1), "RISC-V 32-bit");
    }
}
