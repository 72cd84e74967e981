<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:oai="http://www.openarchives.org/OAI/2.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:mods="http://www.loc.gov/mods/v3" exclude-result-prefixes="oai dc mods">
<xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
<xsl:template match="/oai:OAI-PMH">
<html lang="en">
<head>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>OAI-PMH: Clearinghouse</title>
<style>
:root { color-scheme: light dark; }
body { font: 17px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .25rem 1rem; } dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
section { border-block-end: 1px solid; padding-block: 1rem; }
nav a, .more a { margin-inline-end: 1rem; }
.error { font-weight: 600; }
</style>
</head>
<body>
<h1>OAI-PMH</h1>
<p>This is what harvesters read of the collection, shown for people.</p>
<nav>
<a href="?verb=Identify">Identify</a><a href="?verb=ListRecords&amp;metadataPrefix=oai_dc">ListRecords</a><a href="?verb=ListIdentifiers&amp;metadataPrefix=oai_dc">ListIdentifiers</a><a href="?verb=ListSets">ListSets</a><a href="?verb=ListMetadataFormats">ListMetadataFormats</a>
</nav>
<xsl:for-each select="oai:error"><p class="error"><xsl:value-of select="@code"/>: <xsl:value-of select="."/></p></xsl:for-each>
<xsl:for-each select="oai:Identify"><dl><xsl:for-each select="*[not(*)]"><dt><xsl:value-of select="local-name()"/></dt><dd><xsl:value-of select="."/></dd></xsl:for-each></dl></xsl:for-each>
<xsl:for-each select="oai:ListMetadataFormats/oai:metadataFormat"><section><dl><xsl:for-each select="*"><dt><xsl:value-of select="local-name()"/></dt><dd><xsl:value-of select="."/></dd></xsl:for-each></dl></section></xsl:for-each>
<xsl:for-each select="oai:ListSets/oai:set"><p><a href="?verb=ListRecords&amp;metadataPrefix=oai_dc&amp;set={oai:setSpec}"><xsl:value-of select="oai:setName"/></a> (<xsl:value-of select="oai:setSpec"/>)</p></xsl:for-each>
<xsl:for-each select="//oai:header"><section>
<h2><a href="?verb=GetRecord&amp;metadataPrefix=oai_dc&amp;identifier={oai:identifier}"><xsl:value-of select="oai:identifier"/></a></h2>
<p><xsl:value-of select="oai:datestamp"/><xsl:if test="@status"> · <xsl:value-of select="@status"/></xsl:if><xsl:for-each select="oai:setSpec"> · <xsl:value-of select="."/></xsl:for-each></p>
<dl dir="auto"><xsl:for-each select="../oai:metadata//*[not(*)]"><dt><xsl:value-of select="local-name()"/><xsl:if test="@xml:lang|@lang"> (<xsl:value-of select="@xml:lang|@lang"/>)</xsl:if></dt><dd dir="auto"><xsl:value-of select="."/></dd></xsl:for-each></dl>
</section></xsl:for-each>
<xsl:for-each select="//oai:resumptionToken[string()]"><p class="more"><a href="?verb={/oai:OAI-PMH/oai:request/@verb}&amp;resumptionToken={.}">More</a></p></xsl:for-each>
</body>
</html>
</xsl:template>
</xsl:stylesheet>
