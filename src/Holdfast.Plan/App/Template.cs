using System.Text;

namespace Holdfast.Plan;

/// <summary>A text with <c>${name}</c> for settings in it; <c>$$</c> is a dollar sign.</summary>
internal sealed class Template
{
    private readonly List<(string Text, bool IsName)> _pieces = [];

    private Template(string source)
    {
        Source = source;
    }

    /// <summary>As it was written.</summary>
    internal string Source { get; }

    internal IEnumerable<string> Names => _pieces.Where(p => p.IsName).Select(p => p.Text);

    /// <exception cref="FormatException">It is malformed; the message says how.</exception>
    internal static Template Parse(string source)
    {
        var template = new Template(source);
        var text = new StringBuilder();
        for (int i = 0; i < source.Length; i++)
        {
            char next = i + 1 < source.Length ? source[i + 1] : '\0';
            if (source[i] != '$' || next is not ('$' or '{'))
            {
                text.Append(source[i]);
            }
            else if (next == '$')
            {
                text.Append('$');
                i++;
            }
            else
            {
                int close = source.IndexOf('}', i);
                if (close < 0)
                {
                    throw new FormatException($"'{source}' has a ${{ without its }}; a dollar sign before a bracket is written $$");
                }

                template._pieces.Add((text.ToString(), false));
                template._pieces.Add((source[(i + 2)..close], true));
                text.Clear();
                i = close;
            }
        }

        template._pieces.Add((text.ToString(), false));
        return template;
    }

    internal string Fill(Func<string, string> valueOf) => string.Concat(_pieces.Select(p => p.IsName ? valueOf(p.Text) : p.Text));
}
