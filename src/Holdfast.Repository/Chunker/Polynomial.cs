using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Holdfast.Repository;

/// <summary>
/// A polynomial over F2, of degree 63 at most; bit n of <see cref="Value"/> is the coefficient of x^n.
/// Each repository has one of its own, so that its chunk boundaries tell an onlooker little about the contents.
/// </summary>
public readonly struct Polynomial(ulong value) : IEquatable<Polynomial>
{
    /// <summary>The degree of the polynomials that repositories use: the greatest prime that leaves room for a byte.</summary>
    public const int ChunkerDegree = 53;

    /// <summary>The coefficients, lowest first.</summary>
    public ulong Value { get; } = value;

    /// <summary>The degree; -1 for the zero polynomial.</summary>
    public int Degree => 63 - BitOperations.LeadingZeroCount(Value);

    /// <summary>Whether the polynomial has no divisor but itself and 1. Takes some microseconds.</summary>
    public bool IsIrreducible => Degree >= 1 && HasNoDivisorUpToHalfItsDegree();

    /// <summary>Draws an irreducible polynomial of degree <see cref="ChunkerDegree"/> from the system's secure generator.</summary>
    public static Polynomial Random()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        while (true) // about one candidate in 27 is irreducible
        {
            RandomNumberGenerator.Fill(bytes);
            ulong coefficients = BinaryPrimitives.ReadUInt64LittleEndian(bytes) & ((1UL << ChunkerDegree) - 1);
            var candidate = new Polynomial(coefficients | (1UL << ChunkerDegree) | 1);
            if (candidate.IsIrreducible)
                return candidate;
        }
    }

    /// <summary>Reads the form that restic's config file has: hexadecimal digits without a prefix.</summary>
    public static bool TryParse(string? hex, out Polynomial polynomial)
    {
        bool read = ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value);
        polynomial = new Polynomial(value);
        return read;
    }

    /// <summary>The form that restic's config file has: lower-case hexadecimal digits without a prefix.</summary>
    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public bool Equals(Polynomial other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Polynomial other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Compares the coefficients.</summary>
    public static bool operator ==(Polynomial left, Polynomial right) => left.Equals(right);

    /// <summary>Compares the coefficients.</summary>
    public static bool operator !=(Polynomial left, Polynomial right) => !left.Equals(right);

    internal static ulong Remainder(ulong dividend, ulong divisor)
    {
        int degree = BitOperations.Log2(divisor);
        while (dividend != 0 && BitOperations.Log2(dividend) is var top && top >= degree)
            dividend ^= divisor << (top - degree);

        return dividend;
    }

    // Both factors must be reduced, so that a factor times x still fits into 64 bits.
    internal static ulong MultiplyModulo(ulong left, ulong right, ulong modulus)
    {
        int degree = BitOperations.Log2(modulus);
        ulong product = 0;
        for (; right != 0; right >>= 1)
        {
            product ^= left & unchecked(0 - (right & 1));
            left <<= 1;
            left ^= modulus & unchecked(0 - ((left >> degree) & 1));
        }

        return product;
    }

    // Ben-Or's test: x^(2^n) - x is the product of all irreducible polynomials whose degree divides n, hence a
    // common divisor with it betrays a factor of degree n. Most candidates fail at a small n.
    private bool HasNoDivisorUpToHalfItsDegree()
    {
        ulong power = Remainder(2, Value);
        for (int n = 1; n <= Degree / 2; n++)
        {
            power = MultiplyModulo(power, power, Value);
            if (GreatestCommonDivisor(Value, power ^ 2) != 1)
                return false;
        }

        return true;
    }

    private static ulong GreatestCommonDivisor(ulong left, ulong right)
    {
        while (right != 0)
            (left, right) = (right, Remainder(left, right));

        return left;
    }
}
