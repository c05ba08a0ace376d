//! Parquet's hybrid of run-length encoding and bit packing, in which levels and positions in a dictionary are written.
//!
//! Values that are all equal are one run; others are packed into as many bits as the largest needs, the lowest bits first. The definition of the
//! format: Apache Parquet, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".

/// Bits that the largest of `count` positions needs, at least 1.
pub(super) fn width(count: usize) -> u8 {
    (usize::BITS - count.saturating_sub(1).leading_zeros()).max(1) as u8
}

/// Appends `count` times `value`.
pub(super) fn push_run(out: &mut Vec<u8>, value: u32, width: u8, count: usize) {
    push_varint(out, (count as u64) << 1);
    out.extend_from_slice(&value.to_le_bytes()[..usize::from(width).div_ceil(8)]);
}

/// Appends bits that are packed already, of `count` values of one bit.
pub(super) fn push_bits(out: &mut Vec<u8>, bits: &[u8], count: usize) {
    let groups = count.div_ceil(8);
    push_varint(out, (groups as u64) << 1 | 1);
    out.extend_from_slice(&bits[..groups]);
}

/// Appends the values, each of at most `width` bits.
pub(super) fn push_values(out: &mut Vec<u8>, values: &[u32], width: u8) {
    match values {
        [] => {}
        [first, rest @ ..] if rest.iter().all(|value| value == first) => push_run(out, *first, width, values.len()),
        _ => push_packed(out, values, width),
    }
}

fn push_packed(out: &mut Vec<u8>, values: &[u32], width: u8) {
    let groups = values.len().div_ceil(8);
    push_varint(out, (groups as u64) << 1 | 1);
    let end = out.len() + groups * usize::from(width);
    let (mut pending, mut bits) = (0_u64, 0);
    for value in values {
        pending |= u64::from(*value) << bits;
        bits += u32::from(width);
        if bits >= 32 {
            out.extend_from_slice(&(pending as u32).to_le_bytes());
            pending >>= 32;
            bits -= 32;
        }
    }
    out.extend_from_slice(&pending.to_le_bytes());
    // The last group is filled up with zeros.
    out.resize(end, 0);
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::{push_bits, push_run, push_values, width};

    #[test]
    fn widths_hold_the_largest_position() {
        for (count, expected) in [
            (0, 1),
            (1, 1),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 3),
            (256, 8),
            (257, 9),
            (65_536, 16),
        ] {
            assert_eq!(width(count), expected, "{count}");
        }
    }

    #[test]
    fn the_example_of_the_format_is_packed_as_it_says() {
        // The numbers 0 to 7 in three bits, from the definition of the format.
        let mut out = Vec::new();
        push_values(&mut out, &[0, 1, 2, 3, 4, 5, 6, 7], 3);
        assert_eq!(out, [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
    }

    #[test]
    fn a_group_is_filled_up_and_words_are_crossed() {
        let mut out = Vec::new();
        push_values(&mut out, &[0x1_FFFF, 0, 0x1_FFFF], 17);
        // 17 ones, 17 zeros, 17 ones: bits 0-16 and 34-50 of one group of eight.
        let bits = 0x1_FFFF_u64 | 0x1_FFFF_u64 << 34;
        let mut expected = vec![0b11];
        expected.extend_from_slice(&bits.to_le_bytes());
        expected.resize(1 + 17, 0);
        assert_eq!(out, expected);
    }

    #[test]
    fn runs_and_ready_bits() {
        let mut out = Vec::new();
        push_values(&mut out, &[5; 100], 3);
        push_run(&mut out, 300, 9, 1);
        push_bits(&mut out, &[0b101, 0xFF], 3);
        assert_eq!(out, [0xC8, 0x01, 5, 2, 0x2C, 0x01, 3, 0b101]);
    }
}
