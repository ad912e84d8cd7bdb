//! Sums of points of P-256, many side by side, so that one division serves all of them. Numbers
//! modulo the prime are fiat-crypto's, whose code is proven. For public values alone: what is added
//! decides how long it takes.

use fiat_crypto::p256_64 as field;
use p256::{
    FieldBytes, ProjectivePoint,
    elliptic_curve::{Group as _, sec1::ToEncodedPoint as _},
};

/// A number modulo the prime of the curve.
type Number = field::fiat_p256_montgomery_domain_field_element;

/// A point of the curve, but not the one at infinity.
#[derive(Clone, Copy)]
pub(super) struct Point {
    x: Number,
    y: Number,
}

impl Point {
    /// `None` for the point at infinity.
    fn of(point: &ProjectivePoint) -> Option<Self> {
        let encoded = point.to_affine().to_encoded_point(false);
        Some(Self { x: number(encoded.x()?), y: number(encoded.y()?) })
    }

    /// Its first coordinate, the highest octet first.
    pub(super) fn x(&self) -> FieldBytes {
        let mut plain = field::fiat_p256_non_montgomery_domain_field_element([0; 4]);
        field::fiat_p256_from_montgomery(&mut plain, &self.x);
        let mut octets = [0; 32];
        field::fiat_p256_to_bytes(&mut octets, &plain.0);
        octets.reverse();
        octets.into()
    }
}

/// Sums that grow side by side.
pub(super) struct Sums {
    sums: Vec<Sum>,
    steps: Vec<Step>,
}

/// A sum as far as it has grown.
#[derive(Clone, Copy)]
pub(super) enum Sum {
    /// Of nothing.
    Empty,
    /// Not known: a point was to be added to itself or its opposite, which this arithmetic leaves
    /// to others. Nobody meets that by chance.
    Lost,
    /// Known.
    Point(Point),
}

/// An addition that waits for its divisor's inverse.
struct Step {
    sum: usize,
    addend: Point,
    divisor: Number,
    /// The product of the divisors before it.
    before: Number,
}

impl Sums {
    /// So many empty sums.
    pub(super) fn empty(count: usize) -> Self {
        Self { sums: vec![Sum::Empty; count], steps: Vec::with_capacity(count) }
    }

    /// Adds a point, or nothing, to each sum.
    pub(super) fn add<'a>(&mut self, addends: impl Iterator<Item = Option<&'a Point>>) {
        self.steps.clear();
        let mut product = ONE;
        for (index, (sum, addend)) in self.sums.iter_mut().zip(addends).enumerate() {
            let Some(addend) = addend else { continue };
            match sum {
                Sum::Empty => *sum = Sum::Point(*addend),
                Sum::Lost => {}
                Sum::Point(point) => {
                    let divisor = minus(&addend.x, &point.x);
                    if is_zero(&divisor) {
                        *sum = Sum::Lost;
                        continue;
                    }
                    let step = Step { sum: index, addend: *addend, divisor, before: product };
                    self.steps.push(step);
                    product = times(&product, &divisor);
                }
            }
        }
        // Of all divisors from the first to the one in hand.
        let mut inverse = inverse(&product);
        for Step { sum, addend, divisor, before } in self.steps.iter().rev() {
            let Some(Sum::Point(point)) = self.sums.get_mut(*sum) else { continue };
            let slope = times(&minus(&addend.y, &point.y), &times(&inverse, before));
            inverse = times(&inverse, divisor);
            // The line through both points meets the curve once more, opposite to their sum.
            let x = minus(&minus(&square(&slope), &point.x), &addend.x);
            let y = minus(&times(&slope, &minus(&point.x, &x)), &point.y);
            *point = Point { x, y };
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Sum> {
        self.sums.iter()
    }
}

/// The multiples of a point by which any other is a sum of at most 24: of its 2048^i fold, for i
/// from 0 to 23, the 1 to 2047 fold.
pub(super) struct Multiples(Vec<Vec<Point>>);

/// How many fold a point is wanted, in digits of 11 bits, the lowest first.
pub(super) struct Factor([u16; Multiples::DIGITS]);

impl Factor {
    /// Reads a number, the highest octet first.
    pub(super) fn of(octets: &FieldBytes) -> Self {
        let octet = |from_lowest: usize| {
            let octet = 31_usize.checked_sub(from_lowest).and_then(|at| octets.get(at));
            octet.map_or(0, |octet| u32::from(*octet))
        };
        let digit = |place: usize| {
            let (first, below) = (place * Multiples::BITS / 8, place * Multiples::BITS % 8);
            // Wherever it begins, it does not reach beyond the third.
            let three = octet(first) | octet(first + 1) << 8 | octet(first + 2) << 16;
            (three >> below & Multiples::FOLDS) as u16
        };
        Self(std::array::from_fn(digit))
    }
}

impl Multiples {
    /// Of how many points a multiple is a sum.
    pub(super) const DIGITS: usize = 24;
    const BITS: usize = 11;
    const FOLDS: u32 = (1 << Self::BITS) - 1;

    /// `None` for the point at infinity, which no key is.
    pub(super) fn of(point: &ProjectivePoint) -> Option<Self> {
        let next =
            |power: &ProjectivePoint| Some((0..Self::BITS).fold(*power, |it, _| it.double()));
        let powers = std::iter::successors(Some(*point), next).take(Self::DIGITS);
        let first_two =
            |power: ProjectivePoint| Some(vec![Point::of(&power)?, Point::of(&power.double())?]);
        let mut multiples = powers.map(first_two).collect::<Option<Vec<_>>>()?;
        let wanted = Self::FOLDS as usize;
        let mut count = 2;
        // The highest added to each below it, until there are enough.
        while count < wanted {
            let more = (count - 1).min(wanted - count);
            let mut sums = Sums::empty(Self::DIGITS * more);
            sums.add(multiples.iter().flat_map(|of_power| of_power[..more].iter().map(Some)));
            sums.add(
                multiples.iter().flat_map(|of_power| std::iter::repeat_n(of_power.last(), more)),
            );
            for (of_power, sums) in multiples.iter_mut().zip(sums.sums.chunks(more)) {
                for sum in sums {
                    let Sum::Point(point) = sum else { return None };
                    of_power.push(*point);
                }
            }
            count += more;
        }
        Some(Self(multiples))
    }

    /// The point that stands for a digit of a factor; none for 0.
    pub(super) fn at(&self, place: usize, factor: &Factor) -> Option<&Point> {
        self.0.get(place)?.get(usize::from(*factor.0.get(place)?).checked_sub(1)?)
    }
}

/// 1 in Montgomery's form: 2^256 modulo the prime.
const ONE: Number = field::fiat_p256_montgomery_domain_field_element([
    1,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_fffe,
]);

/// The prime less two, the lowest limb first.
const INVERTING: [u64; 4] =
    [0xffff_ffff_ffff_fffd, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];

/// Reads 32 octets, the highest first.
fn number(octets: &FieldBytes) -> Number {
    let mut octets: [u8; 32] = (*octets).into();
    octets.reverse();
    let mut plain = field::fiat_p256_non_montgomery_domain_field_element([0; 4]);
    field::fiat_p256_from_bytes(&mut plain.0, &octets);
    let mut number = ONE;
    field::fiat_p256_to_montgomery(&mut number, &plain);
    number
}

fn is_zero(number: &Number) -> bool {
    let mut bits = 0;
    field::fiat_p256_nonzero(&mut bits, &number.0);
    bits == 0
}

fn minus(a: &Number, b: &Number) -> Number {
    let mut difference = ONE;
    field::fiat_p256_sub(&mut difference, a, b);
    difference
}

fn times(a: &Number, b: &Number) -> Number {
    let mut product = ONE;
    field::fiat_p256_mul(&mut product, a, b);
    product
}

fn square(a: &Number) -> Number {
    let mut square = ONE;
    field::fiat_p256_square(&mut square, a);
    square
}

/// By Fermat: the power of the prime less two. Of zero it is zero.
fn inverse(a: &Number) -> Number {
    let bits =
        INVERTING.iter().rev().flat_map(|limb| (0..64).rev().map(move |bit| limb >> bit & 1));
    bits.fold(ONE, |power, bit| {
        let power = square(&power);
        if bit == 1 { times(&power, a) } else { power }
    })
}

#[cfg(test)]
mod tests {
    use p256::{
        Scalar,
        elliptic_curve::{PrimeField as _, ops::Reduce as _},
    };
    use proptest::prelude::*;

    use super::*;

    fn multiple(multiples: &Multiples, factor: &Scalar) -> Sum {
        let mut sums = Sums::empty(1);
        let factor = Factor::of(&factor.to_repr());
        for place in 0..Multiples::DIGITS {
            sums.add(std::iter::once(multiples.at(place, &factor)));
        }
        sums.sums[0]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn multiples_are_what_p256_multiplies(point in any::<[u8; 32]>(), by in any::<[u8; 32]>()) {
            let point = ProjectivePoint::GENERATOR * Scalar::reduce_bytes(&point.into());
            let factor = Scalar::reduce_bytes(&by.into());
            let expected = (point * factor).to_affine().to_encoded_point(false);
            let Sum::Point(found) = multiple(&Multiples::of(&point).unwrap(), &factor) else {
                panic!("lost");
            };
            prop_assert_eq!(&found.x(), expected.x().unwrap());
            prop_assert_eq!(number(expected.y().unwrap()).0, found.y.0);
        }

        #[test]
        fn a_number_times_its_inverse_is_one(octets in any::<[u8; 32]>()) {
            // Below the prime.
            let octets = [&[0x7f], &octets[1..]].concat();
            let some = number(FieldBytes::from_slice(&octets));
            prop_assert_eq!(times(&some, &inverse(&some)).0, ONE.0);
        }
    }

    #[test]
    fn digits_are_the_number() {
        let octets: [u8; 32] = std::array::from_fn(|at| at as u8 * 7 + 1);
        let Factor(digits) = Factor::of(&octets.into());
        let bits = |octet: &u8| (0..8).map(|at| octet >> at & 1 == 1).collect::<Vec<_>>();
        let expected: Vec<_> = octets.iter().rev().flat_map(bits).collect();
        let found = digits.iter().flat_map(|digit| (0..11).map(move |at| digit >> at & 1 == 1));
        let found: Vec<_> = found.collect();
        assert_eq!(found[..256], expected);
        assert_eq!(found[256..], [false; 8]);
    }

    #[test]
    fn a_sum_of_nothing_is_empty_and_one_of_equals_is_lost() {
        let generator = ProjectivePoint::GENERATOR;
        let multiples = Multiples::of(&generator).unwrap();
        assert!(matches!(multiple(&multiples, &Scalar::ZERO), Sum::Empty));
        assert!(Multiples::of(&ProjectivePoint::IDENTITY).is_none());
        for other in [generator, -generator] {
            let (one, other) = (Point::of(&generator).unwrap(), Point::of(&other).unwrap());
            let next = Point::of(&generator.double()).unwrap();
            let mut sums = Sums::empty(2);
            sums.add([Some(&one), Some(&next)].into_iter());
            sums.add([Some(&other), Some(&one)].into_iter());
            sums.add([Some(&next), None].into_iter());
            assert!(matches!(sums.sums[0], Sum::Lost));
            let three = (generator.double() + generator).to_affine().to_encoded_point(false);
            let Sum::Point(point) = sums.sums[1] else { panic!("lost") };
            assert_eq!(&point.x(), three.x().unwrap(), "its neighbour is not");
        }
    }
}
