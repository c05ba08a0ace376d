//! Labels that must not overlap: moved apart along one axis, as little as possible.

/// The middles of boxes with these sizes, each as near as possible (in squares) to the wanted one, so that no two
/// overlap and all lie between `from` and `to`. Boxes keep the order of their wanted middles; where they don't fit,
/// they overrun `to`.
pub fn spread(wanted: &[f64], sizes: &[f64], from: f64, to: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|left, right| wanted[*left].total_cmp(&wanted[*right]).then(left.cmp(right)));
    // How far a middle is behind the first box's beginning when the boxes touch.
    let mut filled = 0.0;
    let offsets: Vec<f64> = order
        .iter()
        .map(|index| {
            filled += sizes[*index];
            filled - sizes[*index] / 2.0
        })
        .collect();
    let starts = rising(
        order
            .iter()
            .zip(&offsets)
            .map(|(index, offset)| wanted[*index] - offset),
    );
    let mut middles = vec![0.0; wanted.len()];
    for ((index, offset), start) in order.into_iter().zip(offsets).zip(starts) {
        middles[index] = start.clamp(from, (to - filled).max(from)) + offset;
    }
    middles
}

/// The nearest sequence (in squares) that never falls: neighbours that fall are pooled to their mean.
fn rising(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in values {
        pools.push((value, 1));
        while let [.., (before, many), (last, few)] = pools[..] {
            if before <= last {
                break;
            }
            pools.truncate(pools.len() - 2);
            let count = many + few;
            pools.push(((before * many as f64 + last * few as f64) / count as f64, count));
        }
    }
    pools
        .into_iter()
        .flat_map(|(value, count)| std::iter::repeat_n(value, count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn boxes_move_only_where_they_must() {
        // Expected middles by hand, in a room from 0.
        let check = |wanted: &[f64], sizes: &[f64], room: f64, expected: &[f64]| {
            assert_eq!(spread(wanted, sizes, 0.0, room), expected, "{wanted:?}");
        };
        check(&[], &[], 10.0, &[]);
        check(&[5.0], &[2.0], 10.0, &[5.0]);
        check(&[20.0, 80.0], &[10.0, 10.0], 100.0, &[20.0, 80.0]);
        // Two boxes of 10 that want the same place share the way.
        check(&[50.0, 50.0], &[10.0, 10.0], 100.0, &[45.0, 55.0]);
        // The second is pushed in from the edge and pushes the first.
        check(&[95.0, 99.0], &[10.0, 10.0], 100.0, &[85.0, 95.0]);
        // In any order.
        check(&[9.0, 1.0], &[4.0, 2.0], 10.0, &[8.0, 1.0]);
    }

    #[test]
    fn no_two_boxes_overlap_however_many_want_one_place() {
        let wanted: Vec<f64> = (0..12).map(|index| f64::from(index * 7 % 5)).collect();
        let sizes: Vec<f64> = (0..12).map(|index| f64::from(index % 3 + 1)).collect();
        let middles = spread(&wanted, &sizes, 0.0, 30.0);
        let mut boxes: Vec<(f64, f64)> = middles
            .iter()
            .zip(&sizes)
            .map(|(middle, size)| (middle - size / 2.0, middle + size / 2.0))
            .collect();
        boxes.sort_by(|left, right| left.0.total_cmp(&right.0));
        assert!(boxes[0].0 >= 0.0 && boxes[11].1 <= 30.0);
        assert!(boxes.windows(2).all(|pair| pair[0].1 <= pair[1].0 + 1e-9), "{boxes:?}");
    }
}
