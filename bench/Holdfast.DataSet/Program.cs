using System.Globalization;
using Holdfast.DataSet;

const string Usage = "Usage: Holdfast.DataSet small DIR [count=100000] | large DIR [bytes=4GB]";

try
{
    return Run(args);
}
catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Run(string[] args)
{
    switch (args)
    {
        case ["-h" or "--help"]:
            Console.WriteLine(Usage);
            return 0;
        case ["small", var folder, .. { Length: <= 1 } count]:
            SmallFiles.Write(folder, (int)Number(count, 100_000, 1, 50_000_000));
            return 0;
        case ["large", var folder, .. { Length: <= 1 } bytes]:
            LargeFiles.Write(folder, Number(bytes, 4_000_000_000, 1_000_000, 1_000_000_000_000));
            return 0;
        default:
            throw new ArgumentException(Usage);
    }
}

static long Number(string[] given, long otherwise, long least, long most)
{
    if (given is not [var text])
        return otherwise;

    (string digits, long unit) = text switch
    {
        [.. var d, 'G', 'B'] => (d, 1_000_000_000L),
        [.. var d, 'M', 'B'] => (d, 1_000_000L),
        [.. var d, 'k', 'B'] => (d, 1_000L),
        _ => (text, 1L),
    };
    return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
           && number <= most / unit && number * unit >= least
        ? number * unit
        : throw new ArgumentException($"“{text}” is no number from {least} to {most}; kB, MB and GB may follow it.");
}
