namespace Holdfast.Source.Tests;

/// <summary>One of everything that a server can have, and names that nobody should choose.</summary>
internal static class Zoo
{
    internal const string Sql = """
        SET GLOBAL event_scheduler = OFF;
        CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci COMMENT 'it''s';
        CREATE DATABASE empty_db CHARACTER SET latin1;
        CREATE DATABASE `odd``na/me.x é%;--` COLLATE utf8mb4_bin;
        CREATE DATABASE `-dash`;
        CREATE DATABASE `line
        -- Dump completed`;
        USE shop;
        CREATE TABLE everything (
          id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, `select` VARCHAR(80) DEFAULT 'x' COMMENT 'a comment; with '' quote', bytes BLOB, `fixed` BINARY(8), wide VARBINARY(300),
          twice INT GENERATED ALWAYS AS (hidden * 2) VIRTUAL, more INT AS (hidden + 1) STORED, hidden INT INVISIBLE DEFAULT 5, moment DATETIME(6), stamp TIMESTAMP NULL, day DATE,
          hour TIME(3), y YEAR, bits BIT(10), place GEOMETRY, doc JSON, u UUID, ip INET6, amount DECIMAL(30,10), f FLOAT, d DOUBLE, e ENUM('a','b,c','it''s'), s SET('x','y'),
          latin VARCHAR(20) CHARACTER SET latin1, zipped BLOB COMPRESSED, UNIQUE KEY (`select`), FULLTEXT KEY words (`select`), CHECK (d IS NULL OR d < 1e300));
        SET sql_mode = '';
        INSERT INTO everything (`select`, bytes, `fixed`, wide, hidden, moment, stamp, day, hour, y, bits, place, doc, u, ip, amount, f, d, e, s, latin, zipped) VALUES
          ('it''s; a `test` -- hm', x'00ff0a0d1a5c2722', x'0001', x'c328a0a1', 6, '2020-01-01 10:11:12.123456', '2020-06-01 00:00:00', '0000-00-00', '-23:59:59.5', 1999, b'1000000001',
           POINT(1, 2), '{"a": "b\\n"}', 'd653d397-e5ed-11f1-aa51-02fc00000001', '::1', 12345678901234567890.0123456789, 1.5e20, 1e-300, 'b,c', 'x,y', 'é', REPEAT('z', 5000)),
          ('line\nbreak "dq" \\', NULL, NULL, NULL, NULL, '0000-00-00 00:00:00', NULL, '2024-00-00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
          ('😀 ), (', '', '', '', 8, NULL, '1970-01-01 00:00:01', '9999-12-31', '838:59:59', 0, b'0', NULL, '[]', NULL, '2001:db8::1', 0, 0, -0.0, '', '', '', '');
        INSERT INTO everything (id, bytes, `select`) SELECT seq + 100, RANDOM_BYTES(1 + seq MOD 1000), CONCAT('r', seq) FROM seq_1_to_300;
        CREATE TABLE large (id INT PRIMARY KEY, content LONGBLOB);
        INSERT INTO large VALUES (1, REPEAT('''', 700000)), (2, REPEAT('a', 262000)), (3, REPEAT(x'00', 5000000)), (4, 'small');
        CREATE TABLE no_key (x INT, y TEXT);
        INSERT INTO no_key VALUES (2, 'b'), (1, 'a'), (1, 'a'), (NULL, NULL);
        CREATE TABLE `sel``ect;--/*` (`or``der` INT PRIMARY KEY, `gro'up) VALUES (` INT AS (1) VIRTUAL, `a"b\` INT INVISIBLE);
        INSERT INTO `sel``ect;--/*` (`or``der`, `a"b\`) VALUES (1, 2), (3, 4);
        CREATE TABLE empty_table (k INT PRIMARY KEY);
        CREATE TABLE parts (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE);
        INSERT INTO parts VALUES (1, 1), (20, 2);
        CREATE TABLE parent (id INT PRIMARY KEY);
        CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE);
        INSERT INTO parent VALUES (1), (2);
        INSERT INTO child VALUES (1, 1), (2, 2);
        CREATE TABLE no_transactions (x INT PRIMARY KEY) ENGINE=Aria;
        INSERT INTO no_transactions VALUES (1);
        CREATE TABLE history (x INT PRIMARY KEY) WITH SYSTEM VERSIONING;
        INSERT INTO history VALUES (1);
        UPDATE history SET x = 2;
        CREATE TABLE no_history (x INT PRIMARY KEY) WITH SYSTEM VERSIONING;
        CREATE SEQUENCE numbers START WITH 10 INCREMENT BY 5 CACHE 3;
        SELECT NEXTVAL(numbers), NEXTVAL(numbers), NEXTVAL(numbers), NEXTVAL(numbers);
        CREATE TABLE from_sequence (id INT DEFAULT NEXTVAL(numbers) PRIMARY KEY);
        CREATE FUNCTION plus_one (x INT) RETURNS INT DETERMINISTIC RETURN x + 1;
        CREATE VIEW z_view AS SELECT id, plus_one(hidden) AS h FROM everything;
        CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW a_view_of_view AS SELECT * FROM z_view WHERE h > 1 AND 'a;''b' <> '' WITH CHECK OPTION;
        CREATE VIEW `odd``view/x` AS SELECT 1 AS `a``b`;
        DELIMITER //
        CREATE TRIGGER first_trigger BEFORE INSERT ON everything FOR EACH ROW
        begin
        -- Table structure for table `x`
        /* ; it's */
        # it's
          if new.`select` = 'a;;b' then set new.hidden = 1; end if;
        -- Dump completed
        end//
        create trigger shop.lower_case after insert on shop.everything for each row set @x = 'DELIMITER ;;'//
        CREATE TRIGGER `third``trigger` AFTER INSERT ON everything FOR EACH ROW FOLLOWS lower_case SET @y = "it's"//
        CREATE TRIGGER on_empty AFTER DELETE ON empty_table FOR EACH ROW BEGIN END//
        CREATE PROCEDURE p1 ()
        COMMENT 'it''s'
        BEGIN
          -- it's a comment with a quote
          SELECT 'INSERT INTO `t` VALUES (1);' ;
          # hm '
        CREATE TEMPORARY TABLE x (a INT); INSERT INTO x VALUES (1);
          SELECT "/* ", '-- ', `id` FROM everything /* CREATE TABLE y (b int) */ ;
        END//
        CREATE FUNCTION p1 () RETURNS TEXT CHARSET latin1 NO SQL RETURN 'the same name as the procedure'//
        CREATE AGGREGATE FUNCTION total (x INT) RETURNS INT DETERMINISTIC BEGIN DECLARE t INT DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN t; LOOP FETCH GROUP NEXT ROW; SET t = t + x; END LOOP; END//
        SET sql_mode = 'ORACLE'//
        CREATE PACKAGE pkg AS PROCEDURE px(); END//
        CREATE PACKAGE BODY pkg AS PROCEDURE px() AS BEGIN NULL; END; END//
        SET sql_mode = 'NO_BACKSLASH_ESCAPES'//
        CREATE PROCEDURE backslash () BEGIN SELECT 'C:\'; SELECT '; it''s \'; END//
        SET sql_mode = 'ANSI_QUOTES'//
        CREATE PROCEDURE "ansi" () BEGIN SELECT 'a"b', "id" FROM "everything"; END//
        SET sql_mode = DEFAULT//
        CREATE EVENT daily ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO BEGIN SELECT 1; SELECT '; ;'; END//
        SET time_zone = '+05:00'//
        CREATE EVENT `once``/x` ON SCHEDULE AT '2031-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'it''s' DO DELETE FROM parent//
        DELIMITER ;
        ALTER DATABASE shop COLLATE utf8mb4_general_ci;
        USE `odd``na/me.x é%;--`;
        CREATE TABLE `a/b` (x INT PRIMARY KEY);
        INSERT INTO `a/b` VALUES (1);
        CREATE TABLE `.dot` (x INT);
        CREATE TABLE `50%` (`日本` VARCHAR(10)) COMMENT '語';
        INSERT INTO `50%` VALUES ('日');
        CREATE TRIGGER `.` BEFORE INSERT ON `.dot` FOR EACH ROW SET @a = 1;
        CREATE VIEW `x/y` AS SELECT * FROM shop.a_view_of_view;
        USE `line
        -- Dump completed`;
        CREATE TABLE `t
        -- Dump completed` (a INT);
        INSERT INTO `t
        -- Dump completed` VALUES (1);
        CREATE ROLE r1;
        CREATE ROLE `r 2` WITH ADMIN root@localhost;
        GRANT SELECT ON shop.* TO r1;
        GRANT r1 TO `r 2`;
        CREATE USER u1@localhost IDENTIFIED BY 'secret' WITH MAX_QUERIES_PER_HOUR 100;
        CREATE USER `o'dd ``x`@`10.%` IDENTIFIED BY 'x' REQUIRE SSL ACCOUNT LOCK;
        CREATE USER ``@localhost;
        CREATE USER socket@localhost IDENTIFIED VIA unix_socket;
        GRANT r1 TO u1@localhost;
        SET DEFAULT ROLE r1 FOR u1@localhost;
        GRANT `r 2` TO `o'dd ``x`@`10.%` WITH ADMIN OPTION;
        GRANT SELECT (id), INSERT ON shop.everything TO u1@localhost;
        GRANT EXECUTE ON PROCEDURE shop.p1 TO u1@localhost WITH GRANT OPTION;
        GRANT SELECT ON shop.empty_table TO PUBLIC;
        """;
}
