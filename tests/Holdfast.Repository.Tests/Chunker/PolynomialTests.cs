namespace Holdfast.Repository.Tests;

public sealed class PolynomialTests
{
    [Theory]
    [InlineData(0x3DA3358B4DC173UL, true)]
    [InlineData(0x2482734cacca49UL, true)]
    [InlineData(0x38f1e565e288dfUL, false)]
    [InlineData(0x30a8295b9d5c91UL, false)]
    [InlineData(0x255f4350b962cbUL, false)]
    [InlineData(0x267f776110a235UL, false)]
    [InlineData(0x2f4dae10d41227UL, false)]
    [InlineData(0x312daf4b284899UL, false)]
    [InlineData(0x29dfb6553d01d1UL, false)]
    [InlineData(0x3548245eb26257UL, false)]
    [InlineData(0x3199e7ef4211b3UL, false)]
    [InlineData(0x362f39017dae8bUL, false)]
    [InlineData(0x200d57aa6fdacbUL, false)]
    [InlineData(0x35e0a4efa1d275UL, false)]
    [InlineData(0x2ced55b026577fUL, false)]
    [InlineData(0x260b012010893dUL, false)]
    [InlineData(0x3143d0464b3299UL, false)]
    public void Irreducibility_is_as_in_restics_vectors(ulong value, bool irreducible) =>
        new Polynomial(value).IsIrreducible.ShouldBe(irreducible);

    [Fact]
    public void As_many_polynomials_of_a_degree_are_irreducible_as_Gauss_counts()
    {
        int[] counts = [2, 1, 2, 3, 6, 9, 18, 30, 56, 99, 186, 335];
        for (int degree = 1; degree <= counts.Length; degree++)
        {
            int first = 1 << degree;
            Enumerable.Range(first, first).Count(p => new Polynomial((ulong)p).IsIrreducible).ShouldBe(counts[degree - 1]);
        }
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue)]
    public void Constants_and_a_polynomial_that_fills_the_word_are_reducible(ulong value) =>
        new Polynomial(value).IsIrreducible.ShouldBeFalse();

    [Fact]
    public void Random_polynomials_are_irreducible_of_degree_53_and_distinct()
    {
        var drawn = Enumerable.Range(0, 50).Select(_ => Polynomial.Random()).ToList();

        drawn.ShouldAllBe(p => p.IsIrreducible && p.Degree == 53);
        drawn.ShouldBeUnique();
    }

    [Fact]
    public void Text_is_what_restics_config_has()
    {
        Polynomial.TryParse("25b468838dcb75", out Polynomial polynomial).ShouldBeTrue();

        polynomial.Value.ShouldBe(0x25b468838dcb75UL);
        polynomial.ToString().ShouldBe("25b468838dcb75");
        polynomial.Degree.ShouldBe(53);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0x25b468838dcb75")]
    [InlineData(" 25b468838dcb75")]
    [InlineData("25b468838dcb7g")]
    [InlineData("10000000000000000")]
    public void Text_other_than_64_bits_of_hexadecimal_digits_is_refused(string? text) =>
        Polynomial.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Multiplication_modulo_is_as_in_restics_vectors()
    {
        const ulong Modulus = 0xdd2bda3b77c9;
        ulong left = Polynomial.Remainder(0x0eae8c07dbbb3026, Modulus);
        ulong right = Polynomial.Remainder(0xd5d6db9de04771de, Modulus);

        Polynomial.MultiplyModulo(left, right, Modulus).ShouldBe(0x425ae8595b7aUL);
    }

    [Fact]
    public void Zero_has_degree_minus_one() => default(Polynomial).Degree.ShouldBe(-1);
}
