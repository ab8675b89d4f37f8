namespace Holdfast.Linux.Tests;

public sealed class AccountsTests
{
    [Fact]
    public void Root_is_known_by_number_and_by_name()
    {
        var accounts = new Accounts();
        accounts.UserName(0).ShouldBe("root");
        accounts.GroupName(0).ShouldBe("root");
        accounts.UserId("root").ShouldBe(0u);
        accounts.GroupId("root").ShouldBe(0u);
    }

    [Fact]
    public void Every_account_of_etc_passwd_and_group_is_found_both_ways()
    {
        var accounts = new Accounts();
        foreach (string[] user in File.ReadLines("/etc/passwd").Select(l => l.Split(':')).Where(l => l.Length > 3))
        {
            accounts.UserId(user[0]).ShouldBe(uint.Parse(user[2]));
        }

        foreach (string[] group in File.ReadLines("/etc/group").Select(l => l.Split(':')).Where(l => l.Length > 3))
        {
            accounts.GroupId(group[0]).ShouldBe(uint.Parse(group[2]));
        }
    }

    [Fact]
    public void Unknown_numbers_have_no_name_and_unknown_names_no_number()
    {
        var accounts = new Accounts();
        accounts.UserName(4_000_000_123).ShouldBeEmpty();
        accounts.GroupName(4_000_000_123).ShouldBeEmpty();
        accounts.UserId("no-such-user-here").ShouldBeNull();
        accounts.GroupId("no-such-group-here").ShouldBeNull();
        accounts.UserId(string.Empty).ShouldBeNull();
    }

    [Fact]
    public void An_entry_larger_than_the_buffer_is_asked_for_again_with_a_larger_one()
    {
        var accounts = new Accounts(initialBuffer: 4);
        accounts.UserName(0).ShouldBe("root");
        accounts.GroupId("root").ShouldBe(0u);
    }

    [Fact]
    public void The_machine_knows_itself()
    {
        Machine.HostName.ShouldNotBeEmpty();
        Machine.IsRoot.ShouldBe(Environment.IsPrivilegedProcess);
        Machine.ProcessExists(Environment.ProcessId).ShouldBeTrue();
        Machine.ProcessExists(int.MaxValue).ShouldBeFalse();
    }
}
